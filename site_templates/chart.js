// The values of a chart under the pointer. The table behind each chart has them all without this file.
(() => {
  const read = ({ target, clientX, type }) => {
    const drawn = target.closest?.("[data-chart]")
    if (!drawn) return
    const [names, values] = ["x", "y"].map((key) => drawn.dataset[key].split("|"))
    const { left, width } = drawn.getBoundingClientRect()
    const n = Math.round(((clientX - left) / width) * (names.length - 1))
    const reading = drawn.parentNode.parentNode.querySelector(".reading")
    reading.textContent = type === "pointermove" && names[n] ? names[n] + ": " + values[n] : ""
  }
  addEventListener("pointermove", read)
  addEventListener("pointerout", read)
})()
