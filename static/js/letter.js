// The frame of a message's preview is filled by sending it the words as they are typed: a form that leads into the frame.
(() => {
  "use strict";
  const send = (root) => root.querySelectorAll("form[data-letter]").forEach((form) => form.submit());
  document.addEventListener("DOMContentLoaded", () => send(document));
  document.addEventListener("htmx:afterSettle", (event) => send(event.detail.elt));
})();
