// "Was I affected?": a moment looked up in api/affected.json. The words stand in the page.
(() => {
  const form = document.querySelector("[data-affected]"), out = document.querySelector("[data-answer]")
  const say = out.dataset, states = document.getElementById("states").content, minute = 6e4
  const dates = new Intl.DateTimeFormat(document.body.dataset.locale, { dateStyle: "long", timeStyle: "short" })
  const fill = (text, values) => text.replace(/{(\w+)}/g, (_, key) => values[key])
  const make = (tag, children, href) => {
    const made = document.createElement(tag)
    if (href) made.href = href
    made.append(...children)
    return made
  }
  const state = (rank) => states.querySelector(`[data-rank="${rank}"]`).cloneNode(true)
  let record

  const show = (text, values, rank, lists = []) => {
    const head = state(rank).firstElementChild, icon = head.querySelector("svg")
    const lines = lists.filter(([, items]) => items.length).flatMap(([label, items]) =>
      [make("h3", [label]), make("ul", items.map((item) => make("li", item)))])
    if (values.at) lines.push(make("p", [make("a", [say.share], "?at=" + values.at)]))
    head.className = head.className.replace("state", "head")
    head.replaceChildren(icon, make("div", [make("h2", [fill(text, values)]), ...lines]))
    out.replaceChildren(head)
  }

  const answer = (time) => {
    const { components, incidents, maintenances, until } = record, origin = Date.parse(record.from)
    const asked = Math.floor((time - origin) / minute)
    const told = (minutes) => dates.format(origin + minutes * minute)
    if (asked > until) return show(say.later, { until: told(until) }, 1)
    if (asked < 0) return show(say.before, { since: told(0) }, 1)

    const then = ([start, end]) => start <= asked && (end === null || asked < end)
    const small = ([start, end]) =>
      make("small", [fill(end === null ? say.since : say.span, { from: told(start), until: told(end) })])
    const link = (kind, { id }, text) => make("a", [text], `../${kind}/${encodeURIComponent(id)}/`)
    const named = (one) => [link("components", one, one.name)]
    const titled = (one) =>
      [link("incidents", one, one.title[document.documentElement.lang] ?? one.title[""]), " ", small(one.span)]

    const works = maintenances.filter((one) => then(one.span)), covered = works.flatMap((one) => one.components)
    const weights = [0], linked = [], down = []
    for (const one of components) for (const outage of one.outages.filter(then)) {
      linked.push(...outage[3])
      if (!covered.includes(one.id)) weights.push(outage[2])
      down.push([...named(one), " ", state(outage[2]), " ", small(outage)])
    }
    for (const one of incidents) if (then(one.span)) weights.push(one.state)
    const blank = components.filter((one) => one.unmeasured.some(then)), worst = Math.max(...weights)
    const [key, rank] = worst ? ["trouble", worst] : works.length ? ["work", 2]
      : blank.length == components.length ? ["blind", 1] : blank.length ? ["part", 1] : ["clear", 0]
    const at = new Date(origin + asked * minute).toISOString().slice(0, 16) + "Z"
    show(say[key], { time: dates.format(time), at }, rank, [
      [say.down, down],
      [say.incidents, incidents.filter((one, n) => linked.includes(n) || then(one.span)).map(titled)],
      [say.maintenances, works.map(titled)],
      [say.unmeasured, blank.map(named)],
    ])
  }

  const look = async (time) => {
    try {
      record ??= await (await fetch(form.dataset.affected)).json()
    } catch {
      return show(say.failed, {}, 1)
    }
    answer(time)
  }

  const zone = form.querySelector("[data-zone]"), asked = Date.parse(new URL(location).searchParams.get("at"))
  zone.textContent = fill(zone.dataset.zone, { zone: dates.resolvedOptions().timeZone })
  form.hidden = false
  form.onsubmit = (event) => {
    event.preventDefault()
    look(Date.parse(form.at.value))
  }
  if (!asked) return
  form.at.value = new Date(asked - new Date(asked).getTimezoneOffset() * minute).toISOString().slice(0, 16)
  look(asked)
})()
