// The lines of the invoice editor: added, moved, removed, dragged and pasted in the browser. Every button also works
// without this, by sending the form. What the other scripts of the editor need stands in `window.duelyEditor`.
(() => {
  "use strict";
  const form = document.querySelector("[data-editor]");
  if (!form) return;
  const lines = document.getElementById("lines");
  const rows = () => [...lines.querySelectorAll("tr[data-line]")];
  const changed = () => form.dispatchEvent(new Event("input", { bubbles: true }));
  document.documentElement.classList.add("has-script");
  form.querySelectorAll("[data-items][hidden], [data-keys][hidden], [data-grip][hidden]").forEach((one) => { one.hidden = false; });

  const renumber = () => rows().forEach((row, at) => row.querySelectorAll("[aria-label]").forEach((one) => {
    one.setAttribute("aria-label", one.getAttribute("aria-label").replace(/(\bline )(\d+|__n__)/i, `$1${at + 1}`));
  }));

  const addLine = (after, values = {}) => {
    const next = Math.max(-1, ...rows().map((row) => Number(row.dataset.line))) + 1;
    const made = document.importNode(document.getElementById("line-shape").content.querySelector("tr"), true);
    [made, ...made.querySelectorAll("*")].forEach((one) => [...one.attributes].forEach(({ name, value }) => {
      if (value.includes("__i__")) one.setAttribute(name, value.replaceAll("__i__", String(next)));
    }));
    if (after) after.after(made); else lines.append(made);
    made.querySelector("[data-grip]").hidden = false;
    fill(made, values);
    renumber();
    return made;
  };
  const cell = (row, name) => row.querySelector(`[name="lines-${row.dataset.line}-${name}"]`);
  const fill = (row, values) => {
    for (const [name, value] of Object.entries(values)) {
      const field = cell(row, name);
      if (field && name !== "taxes" && value !== undefined && value !== null) field.value = name === "unit_price" ? asPrice(String(value)) : value;
    }
    if (values.taxes) row.querySelectorAll('input[type=checkbox]').forEach((box) => { box.checked = values.taxes.includes(box.value); });
    taxWords(row);
  };
  const taxWords = (row) => {
    const summary = row.querySelector("[data-taxes]");
    if (!summary) return;
    const names = [...row.querySelectorAll("input[type=checkbox]:checked")].map((box) => box.dataset.name);
    const words = names.join(", ") || "No tax";
    summary.textContent = words;
    summary.setAttribute("aria-label", `${summary.getAttribute("aria-label").split(": ", 1)[0]}: ${words}`);
  };
  const isBlank = (row) => !["title", "detail", "unit_price", "discount"].some((name) => cell(row, name).value.trim());
  const move = (row, verb) => {
    const other = verb === "up" ? row.previousElementSibling : row.nextElementSibling;
    if (!other) return;
    const focused = document.activeElement;
    if (verb === "up") other.before(row); else other.after(row);
    if (row.contains(focused)) focused.focus();
    renumber();
    changed();
  };
  const remove = (row) => {
    const near = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    const left = near || addLine();
    renumber();
    cell(left, "title").focus();
    changed();
  };

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    const row = button?.closest("tr[data-line]");
    if (!button) return;
    if (button.hasAttribute("data-add")) {
      event.preventDefault();
      cell(addLine(), "title").focus();
    } else if (row && button.dataset.move) {
      event.preventDefault();
      move(row, button.dataset.move);
    } else if (row && button.hasAttribute("data-remove")) {
      event.preventDefault();
      remove(row);
    }
  });
  // A price is shown as it will be printed, 61,480.00; what is no number stays as it was typed.
  const asPrice = (text) => {
    if (!/^(\d{1,3}(,\d{3})+|\d{1,12})(\.\d{0,6})?$/.test(text)) return text;
    const [whole, decimals = ""] = text.replaceAll(",", "").split(".");
    return `${whole.replace(/\B(?=(\d{3})+$)/g, ",")}.${decimals.padEnd(2, "0")}`;
  };

  form.addEventListener("change", (event) => {
    const row = event.target.closest("tr[data-line]");
    if (row && event.target === cell(row, "unit_price")) event.target.value = asPrice(event.target.value.trim());
    if (row && event.target.type === "checkbox") taxWords(row);
    if (event.target.id === "client_id") changed();
    // A chosen file is attached at once.
    if (event.target.id === "file" && event.target.files.length) form.querySelector("[data-attach]").click();
  });
  form.addEventListener("keydown", (event) => {
    const row = event.target.closest("tr[data-line]");
    if (row && event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
      event.preventDefault();
      move(row, event.key === "ArrowUp" ? "up" : "down");
    } else if (event.key === "Enter" && !event.ctrlKey && !event.metaKey && event.target.matches("input")) {
      // Enter is how people go on, not how they send an invoice.
      event.preventDefault();
      if (row) cell(row.nextElementSibling || addLine(), "title").focus();
    }
  });

  // Dragging by the grip, with a mouse, a pen or a finger.
  lines.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest("[data-grip]");
    if (!grip || event.button) return;
    event.preventDefault();
    const row = grip.closest("tr");
    row.classList.add("moving");
    // A capture would be lost with the first move: the row leaves the page for a moment to stand elsewhere.
    const held = new AbortController();
    let moved = false;
    const drag = (e) => {
      const over = document.elementFromPoint(e.clientX, e.clientY)?.closest("#lines > tr");
      if (!over || over === row) return;
      const box = over.getBoundingClientRect();
      const below = e.clientY > box.top + box.height / 2;
      const wanted = below ? over.nextElementSibling : over;
      if (wanted !== row && row.nextElementSibling !== wanted) { lines.insertBefore(row, wanted); moved = true; }
    };
    const drop = () => {
      held.abort();
      row.classList.remove("moving");
      if (moved) { renumber(); changed(); }
    };
    document.addEventListener("pointermove", drag, { signal: held.signal });
    document.addEventListener("pointerup", drop, { signal: held.signal });
    document.addEventListener("pointercancel", drop, { signal: held.signal });
  });

  // A block of cells from a spreadsheet becomes lines: what, quantity, price.
  lines.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") || "";
    const row = event.target.closest("tr[data-line]");
    if (!row || !event.target.matches("[data-what]") || !text.includes("\t")) return;
    event.preventDefault();
    let last = row;
    text.replace(/\r/g, "").split("\n").filter((line) => line.trim()).slice(0, 200).forEach((line, at) => {
      const [title, quantity, unit_price] = line.split("\t").map((part) => part.trim());
      last = at || !isBlank(row) ? addLine(last) : row;
      fill(last, { title, quantity: quantity || "1", unit_price });
    });
    changed();
  });

  window.duelyEditor = { form, rows, cell, fill, addLine, isBlank, changed };
})();
