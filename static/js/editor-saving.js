// The invoice editor saves by itself and never loses a letter: one save at a time, and a pressed button waits for it.
(() => {
  "use strict";
  if (!window.duelyEditor) return;
  const { form } = window.duelyEditor;
  let typedSince = false;
  let busy = false;
  let leaving = null;
  form.addEventListener("input", () => { typedSince = true; });
  const isSaver = (event) => event.target.id === "saver";
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!form.contains(event.target)) return;
    // A button was pressed: it sends everything, and two saves at once would be in each other's way.
    if (leaving && (isSaver(event) || event.target.id === "adder")) event.preventDefault();
    else if (isSaver(event)) { busy = true; typedSince = false; }
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (!isSaver(event)) return;
    busy = false;
    // A refusal is an answer like any other to htmx; only the answer itself says that it was stored.
    const live = document.getElementById("live");
    if (live?.dataset.state === "saved" && !typedSince) live.dispatchEvent(new Event("duely:saved", { bubbles: true }));
    if (leaving) form.requestSubmit(leaving.isConnected ? leaving : undefined);
  });
  form.addEventListener("submit", (event) => {
    leaving = event.submitter || form.querySelector("button[value=save]");
    if (busy) { event.preventDefault(); event.stopImmediatePropagation(); }
  }, true);
  window.addEventListener("pageshow", () => { leaving = null; });

  // Fields that were refused are marked; the ones that are right again are not.
  document.addEventListener("htmx:afterSwap", () => {
    const live = document.getElementById("live");
    const bad = new Set((live?.dataset.bad || "").split(" ").filter(Boolean));
    form.querySelectorAll(".form-control, .form-select").forEach((field) => {
      if (!field.id) return;
      const shown = field.id === "client_id" ? document.getElementById("client-find") : field;
      const wrong = bad.has(field.id) || document.getElementById(`${field.id}-err`) !== null;
      field.classList.toggle("is-invalid", wrong);
      new Set([field, shown]).forEach((one) => {
        if (wrong) { one.setAttribute("aria-invalid", "true"); one.setAttribute("aria-describedby", `${field.id}-err`); }
        else { one.removeAttribute("aria-invalid"); one.removeAttribute("aria-describedby"); }
      });
    });
  });
})();
