// Keeps the families of Tabler's classes that pages may use, whether one uses them today or not, and drops the rest
// (brand colours, maps, plugins, calendars, illustrations). node subset.mjs <in.css> <out.css>; needs purgecss.
import fs from "node:fs";
import { PurgeCSS } from "purgecss";

const families = [
  /^[mp][tbsexy]?-(\d|auto|n\d)$/, /^[mp][tbsexy]?-(sm|md|lg)-/, /^d-/, /^flex-/, /^gap-/, /^(row|column)-gap-/,
  /^[wh]-(\d+|auto|100)$/, /^text-(start|end|center|nowrap|truncate|break|wrap|decoration)/, /^align-/, /^justify-/,
  /^(order|overflow|position|float|border|rounded|fw|fs|lh|list|opacity|object|top|start|end|bottom|sticky)(-|$)/,
  /^btn/, /^form-/, /^input-/, /^col-form-label/, /^table/, /^card/, /^avatar/, /^badge/, /^spinner/,
  /^visually-hidden/, /^skip-link/, /^(row|col)(-(\d+|auto|(sm|md|lg)-\d+))?$/, /^container(-|$)/,
  /^(active|disabled|show|fade|collapse|collapsing|is-invalid|is-valid|stretched-link|vr|small|lead|mark|clearfix)$/,
  /^(img-fluid|figure|nav|nav-link|icon)$/,
];
const elements = `<html><body><main><header><footer><section><article><aside><nav><h1><h2><h3><h4><h5><h6><p><a><b>
  <strong><em><small><code><pre><kbd><samp><blockquote><ul><ol><li><dl><dt><dd><hr><table><caption><thead><tbody><tfoot>
  <tr><th><td><form><fieldset><legend><label><input type="text" checked disabled readonly><select multiple size><option>
  <optgroup><textarea><button><progress><output><details><summary><dialog><img><svg><figure><figcaption><address>
  <abbr title><mark><sub><sup><time><template><iframe><video>`;

const [, , from, to] = process.argv;
const [kept] = await new PurgeCSS().purge({
  content: [{ raw: elements, extension: "html" }],
  css: [from],
  safelist: { standard: families },
  variables: true,
  keyframes: true,
  dynamicAttributes: ["data-bs-theme", "type", "role", "hidden", "disabled", "checked", "multiple", "size", "open", "aria-current", "aria-expanded"],
});
fs.writeFileSync(to, kept.css);
