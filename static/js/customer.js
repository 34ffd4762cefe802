// While a payment is on its way the invoice looks again by itself, and stops when the answer says so.
// What one pastes into a banking app can be copied, where there is a clipboard.
(() => {
  "use strict";
  const news = (text) => { document.getElementById("news").textContent = text; };
  const PAUSES = [2, 3, 3, 3, 5, 5, 10];
  let turn = 0;

  const look = async () => {
    const shown = document.querySelector("#invoice[data-poll]");
    if (!shown || turn > 90) return;
    if (!document.hidden) {
      turn += 1;
      try {
        const answer = await fetch(shown.dataset.poll, { headers: { "HX-Request": "true" } });
        if (answer.ok) take(shown, await answer.text());
      } catch {
        // Offline for a moment: the next look will do.
      }
    }
    setTimeout(look, PAUSES[Math.min(turn, PAUSES.length - 1)] * 1000);
  };

  // Only a changed invoice replaces what is shown, so that nobody loses what they are typing.
  const take = (shown, text) => {
    const fresh = new DOMParser().parseFromString(text, "text/html").getElementById("invoice");
    if (!fresh || fresh.dataset.state === shown.dataset.state) return;
    shown.replaceWith(fresh);
    document.title = fresh.dataset.title;
    offer();
    news(fresh.querySelector("h1").textContent);
  };

  const offer = () => {
    if (navigator.clipboard) document.querySelectorAll(".copy[hidden]").forEach((one) => { one.hidden = false; });
  };

  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".copy");
    if (!button) return;
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      said = "Not copied";
    }
    button.textContent = said;
    news(said);
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  });

  offer();
  look();
})();
