// Relative times, and the freshness contract. Everything on the page is there without this file.
(() => {
  const root = document.documentElement, body = document.body.dataset
  const words = new Intl.RelativeTimeFormat(root.lang, { numeric: "always" })
  const units = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]]
  const relative = (at) => {
    const seconds = (Date.parse(at) - Date.now()) / 1000
    const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) || units[3]
    return words.format(Math.ceil(seconds / size), unit)
  }
  const times = [...document.querySelectorAll("time")].map((time) => [time, time.textContent])
  const zone = new Intl.DateTimeFormat(root.lang, { dateStyle: "full", timeStyle: "long" })
  for (const [time] of times) time.title = zone.format(new Date(time.dateTime))

  const age = (element) => {
    element.textContent = element.dataset.stale.replace("{ago}", relative(body.measured))
    element.hidden = false
    if (root.classList.contains("stale")) return
    const head = element.closest(".head")
    if (!head) return
    const then = document.createElement("p")
    then.textContent = element.dataset.then
    element.after(then)
    document.title = element.textContent
    head.className = "head unk"
    const icon = head.querySelector(".i")
    icon.setAttribute("class", "i unk")
    icon.firstElementChild.setAttribute("href", "#unk")
  }
  const tick = () => {
    for (const [time, text] of times) {
      if ("instead" in time.dataset) time.textContent = relative(time.dateTime)
      if ("ago" in time.dataset) time.textContent = text + ", " + relative(time.dateTime)
    }
    if (body.until && Date.parse(body.until) <= Date.now()) {
      document.querySelectorAll("[data-stale]").forEach(age)
      root.classList.add("stale")
    }
  }
  tick()
  setInterval(tick, 20000)
  addEventListener("pageshow", tick)
  document.addEventListener("visibilitychange", tick)
})()
