// Relative times, the visitor's own zone, freshness, refresh, day bars, search, copying. All is there without this file.
(() => {
  const root = document.documentElement, body = document.body.dataset
  const all = (what, where = document) => [...where.querySelectorAll(what)]
  const status = new URL("../api/status.json", document.currentScript.src)
  const words = new Intl.RelativeTimeFormat(root.lang)
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]]
  const relative = (at) => {
    const seconds = (Date.parse(at) - Date.now()) / 1000
    const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) || units[3]
    return words.format(Math.ceil(seconds / size), unit)
  }
  let times

  const mirrored = root.dir === "rtl"
  const paragraph = () => document.createElement("p")

  // A time in the visitor's own zone, where that is not the page's: the page's is its tip then.
  const local = (time) => {
    const text = time.textContent, at = new Date(time.dateTime)
    const there = at.toLocaleString("en", { timeZone: body.timezone })
    if ("instead" in time.dataset || there === at.toLocaleString("en")) return text
    time.title = text
    const year = /\d{4}/.test(text) ? "numeric" : undefined
    const day = at.toDateString() !== new Date().toDateString() && { day: "numeric", month: "long", year }
    const clock = { hour: "numeric", minute: "2-digit", timeZoneName: "short" }
    for (const foot of all("[data-own]")) foot.textContent = foot.dataset.own
    return (time.textContent = at.toLocaleString(body.locale, { ...clock, ...day }))
  }

  const age = (line) => {
    line.textContent = line.dataset.stale.replace("{ago}", relative(body.measured))
    line.hidden = false
    const head = line.closest(".head")
    if (root.classList.contains("stale") || !head) return
    const then = paragraph()
    then.textContent = line.dataset.then
    line.after(then)
    document.title = line.textContent
    head.className = "head unk"
    const [icon] = all(".i", head)
    icon.setAttribute("class", "i unk")
    icon.firstElementChild.setAttribute("href", "#unk")
  }
  const tick = () => {
    for (const [time, text] of times) {
      if ("instead" in time.dataset) time.textContent = relative(time.dateTime)
      if ("ago" in time.dataset) time.textContent = text + ", " + relative(time.dateTime)
    }
    if (body.until && Date.parse(body.until) <= Date.now()) {
      all("[data-stale]").forEach(age)
      root.classList.add("stale")
    }
  }

  // The day's sentence over its bar: for the pointer, the finger and the arrow keys.
  const tip = paragraph()
  tip.className = "tip"
  tip.setAttribute("role", "status")
  const bars = (link) => {
    const [bar] = all("svg", link)
    const marks = all("title", bar).map((title) => {
      const [, x, run] = title.parentNode.getAttribute("d").match(/M(\d+) \d+(?:h(\d+))?/)
      return [run ? +x : x - 4, run ? +x + +run : +x + 4, title.textContent]
    })
    for (const title of all("title", bar)) title.remove() // or the browser shows it too
    let at = -1
    const show = (n) => {
      at = n
      tip.textContent = n < 0 ? "" : marks[n][2]
      n < 0 ? tip.remove() : link.after(tip)
    }
    const find = ({ clientX }) => {
      const { left, right, width } = bar.getBoundingClientRect()
      const x = ((mirrored ? right - clientX : clientX - left) / width) * bar.viewBox.baseVal.width
      return marks.findIndex(([from, to]) => from <= x && x < to)
    }
    link.onpointermove = (event) => show(find(event))
    link.onpointerleave = link.onblur = () => show(-1)
    link.onclick = (event) => {
      const n = find(event)
      if (matchMedia("(hover: none)").matches && n >= 0) event.preventDefault(), show(n)
    }
    link.onkeydown = (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key] * (mirrored ? -1 : 1)
      if (event.key === "Escape") show(-1)
      if (!step || !marks.length) return
      event.preventDefault()
      show((Math.max(at, -(step > 0)) + step + marks.length) % marks.length)
    }
  }

  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
  const search = (box) => {
    const entries = all(box.dataset.search + " [data-text]")
    const [count] = all("[data-count]", box.parentNode)
    box.closest("[hidden]").hidden = false
    box.oninput = () => {
      const wanted = plain(box.value).split(" ")
      let found = 0
      for (const entry of entries) {
        const text = plain(entry.dataset.text)
        entry.hidden = !wanted.every((word) => text.includes(word))
        found += !entry.hidden
      }
      count.textContent = box.value && count.dataset.count.replace("{count}", found)
    }
  }
  const copy = (button) => {
    if (!navigator.clipboard) return
    button.hidden = false
    button.onclick = async () => {
      await navigator.clipboard.writeText(button.dataset.copy)
      button.textContent = button.dataset.done
    }
  }
  const start = () => {
    times = all("time").map((time) => [time, local(time)])
    all(".rows li > a").forEach(bars)
    all("[data-search]").forEach(search)
    all("[data-copy]").forEach(copy)
    tick()
  }

  // A newer page takes the place of one that tells of the present: what is open stays open, the focus where it was.
  const swap = (text) => {
    const made = new DOMParser().parseFromString(text, "text/html")
    const [[old], [main]] = [document, made].map((where) => all("main", where))
    if (!main) return
    const key = (one) => all("summary", one)[0].textContent
    const open = new Map(all("details", old).map((one) => [key(one), one.open]))
    for (const one of all("details", main)) one.open = open.get(key(one)) ?? one.open
    const links = (where) => all("a, summary", where)
    const at = links(old).indexOf(document.activeElement)
    old.replaceWith(main)
    Object.assign(body, made.body.dataset)
    document.title = made.title
    root.className = made.documentElement.className
    start()
    if (at >= 0) links(main)[at]?.focus({ preventScroll: true })
  }
  const MINUTE = 60000
  let seen, pause = MINUTE, due = Date.now() + MINUTE
  const refresh = async () => {
    if (!("until" in body) || document.hidden || Date.now() < due || all("form, input").length || status.protocol[0] === "f") return
    due = Infinity
    try {
      const answer = await fetch(status, { cache: "no-cache" })
      if (!answer.ok) throw 0
      const { generated_at: made, measured_at: at } = await answer.json()
      if (seen ? seen !== made : !(at || "").startsWith(body.measured.slice(0, -1))) {
        const page = await fetch(location.href, { cache: "reload" })
        if (!page.ok) throw 0
        swap(await page.text())
      }
      seen = made
      pause = MINUTE
    } catch {
      pause = Math.min(2 * pause, 30 * MINUTE)
    }
    due = Date.now() + pause
  }

  const beat = () => (tick(), refresh())
  start()
  setInterval(beat, 20000)
  addEventListener("pageshow", beat)
  addEventListener("visibilitychange", beat)
})()
