// The script that a website would load: a box to chat in, below `window.DemoChat`.
window.DemoChat = (() => {
  const home = new URL(document.currentScript.src).origin;
  const session = Math.random().toString(36).slice(2);

  async function ask(message) {
    const response = await fetch(`${home}/chat`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ session, message }),
    });
    return (await response.json()).answer;
  }

  function open(parent = document.body) {
    const log = parent.appendChild(document.createElement("ul"));
    const input = parent.appendChild(document.createElement("input"));
    input.setAttribute("aria-label", "Your message");
    input.addEventListener("change", async () => {
      const message = input.value;
      input.value = "";
      log.appendChild(document.createElement("li")).textContent = message;
      const answer = await ask(message).catch(() => "No answer.");
      log.appendChild(document.createElement("li")).textContent = answer;
    });
  }

  return { ask, open };
})();
