// Toasts: closing, leaving by themselves, and new ones that the server sends as a "toast" event.
(() => {
  "use strict";
  const STAY = 8000;
  const region = () => document.getElementById("toasts");

  const live = (box) => {
    const close = box.querySelector("[data-close]");
    if (close) {
      close.hidden = false;
      close.addEventListener("click", () => box.remove());
    }
    if (box.classList.contains("bad")) return;
    // What is being read or pointed at does not go away.
    const leave = () => {
      if (box.matches(":hover") || box.contains(document.activeElement)) setTimeout(leave, STAY / 2);
      else box.remove();
    };
    setTimeout(leave, STAY);
  };

  const show = ({ message, kind = "ok", undo = null }) => {
    const shape = document.getElementById(kind === "bad" ? "toast-bad" : undo ? "toast-ok-undo" : "toast-ok");
    if (!shape || !region()) return;
    const box = shape.content.firstElementChild.cloneNode(true);
    box.querySelector("[data-text]").textContent = message;
    if (undo && kind !== "bad") box.querySelector("form").setAttribute("action", undo);
    region().append(box);
    live(box);
  };
  window.duely = Object.assign(window.duely || {}, { toast: show });

  document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-toast]").forEach(live));
  document.addEventListener("toast", (event) => show(event.detail));
  // A request that failed without a word of its own still tells the person.
  document.addEventListener("htmx:responseError", ({ detail }) => {
    const { xhr } = detail;
    if ((xhr.getResponseHeader("HX-Trigger") || "").includes('"toast"') || xhr.getResponseHeader("HX-Redirect")) return;
    const reference = xhr.getResponseHeader("X-Request-ID");
    const what = xhr.status === 429 ? "Too many requests at once. Wait a minute and try again."
      : xhr.status === 403 ? "You may not do this. Ask an owner of the business."
      : xhr.status === 404 ? "This is not there any more. Reload the page."
      : "That did not work. What you typed is still here, try again.";
    show({ kind: "bad", message: reference ? `${what} Ref. ${reference.slice(0, 8)}` : what });
  });
  for (const lost of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(lost, () => show({ kind: "bad", message: "No connection. What you typed is still here, try again." }));
  }
})();
