#include "tasks/report/attention_page.h"

namespace lectern {

std::string attention_style() {
  return R"css(
.attention+.attention{margin-top:44px;border-top:1px solid var(--rule)}
.controls{display:none;flex-wrap:wrap;gap:8px 28px;margin:16px 0 0}
.live .controls{display:flex}
.choice{display:flex;align-items:center;gap:3px}
.choice .note{margin-right:6px}
.attention button{font:inherit;color:inherit;background:none;border:0;margin:0;padding:0;
 cursor:pointer}
.choice button{font-size:13px;min-width:28px;padding:2px 8px;border-radius:6px;
 color:var(--muted)}
.choice button:hover{background:var(--grid);color:var(--ink)}
.choice button[aria-pressed=true]{background:var(--accent);color:var(--paper);font-weight:600}
.attention button:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.stage{display:flex;flex-wrap:wrap;gap:18px 36px;align-items:flex-start;margin:18px 0 0}
.stage>.reader{flex:1 1 280px}
.stage>figure{flex:0 1 auto;min-width:0;margin:0}
.reader{padding:14px 18px 10px;background:var(--card);border:1px solid var(--rule);
 border-radius:10px}
.line{display:flex;gap:14px;align-items:baseline;padding:3px 0}
.line>.note{flex:0 0 44px}
.sentence{display:flex;flex-wrap:wrap;row-gap:5px}
.attention .word{padding:2px 1px;font-size:16.5px;line-height:1.35;border-radius:3px;cursor:default;
 background:var(--level,transparent);color:var(--on,inherit)}
.attention .word.starts{margin-left:5px;padding-left:4px}
.attention .word.control{color:var(--on,var(--muted));font-size:13px}
.queries .word{border-bottom:2px solid transparent}
.live .queries .word{cursor:pointer}
.live .queries .word:hover{border-bottom-color:var(--rule)}
.queries .word[aria-pressed=true]{border-bottom-color:var(--accent);font-weight:600}
.told{min-height:1.5em;margin:6px 0 0 58px;max-width:none}
.shown{margin:0 0 4px}
.attention.alone .controls,.alone .shown,.alone .every{display:none}
.row.now{font-weight:700}
.outline{fill:none;stroke:var(--ink);stroke-width:1.6;pointer-events:none}
.layer{display:flex;gap:14px;align-items:flex-start;margin:0 0 14px}
.layer>.note{flex:0 0 52px;padding-top:2px}
.heads{flex:1;display:grid;grid-template-columns:repeat(auto-fill,minmax(94px,1fr));gap:12px 12px}
.attention .head{display:block;text-align:left;border-radius:4px;cursor:default}
.live .head{cursor:pointer}
.head svg{width:100%;outline:1px solid var(--rule)}
.head[aria-pressed=true] svg{outline:2px solid var(--accent);outline-offset:1px}
.head:hover svg{outline-color:var(--accent)}
.caption{display:flex;justify-content:space-between;font-size:12px;color:var(--muted);
 padding-top:3px;font-variant-numeric:tabular-nums}
@media (max-width:640px){.stage>*{flex:1 1 100%!important;max-width:100%}.layer{display:block}.told{margin-left:0}}
@media print{.live .controls,.reader,.outline{display:none}
 .heads{grid-template-columns:repeat(8,minmax(0,1fr))}.layer{break-inside:avoid}}
)css";
}

std::string attention_script() {
  // The page holds every head's weights in the small pictures; the large picture and the words show
  // the mean of those that are chosen.
  return R"js(
for (const section of document.querySelectorAll('.attention')) {
  const all = selector => [...section.querySelectorAll(selector)];
  const heads = all('.head').map(element => ({
    element, layer: element.dataset.layer, head: element.dataset.head,
    weights: element.dataset.weights.match(/../g).map(pair => parseInt(pair, 16) / 255)}));
  const cells = all('.cell'), queries = all('.queries .word'), keys = all('.keys .word');
  const rows = all('.row'), buttons = all('[data-choose]');
  const levels = section.dataset.levels - 1;
  const outline = cells[0].cloneNode();
  outline.setAttribute('class', 'outline');
  outline.setAttribute('width', keys.length * cells[0].getAttribute('width'));
  cells[0].parentNode.append(outline);
  const chosen = {layer: '', head: ''};
  let weights = [], most = 1, kept = 0;

  const level = part => isNaN(part) ? 'missing' : 'h' + Math.round(Math.min(part, 1) * levels);
  const percent = weight => isNaN(weight) ? '–' : Number((100 * weight).toPrecision(3)) + ' %';
  const fits = one => ['layer', 'head'].every(what => !chosen[what] || chosen[what] === one[what]);
  const place = what => chosen[what] ? `${what} ${+chosen[what] + 1}` : '';

  const seenBy = row => weights.slice(row * keys.length, (row + 1) * keys.length);
  const told = (row, count) => seenBy(row).map((weight, i) => [weight, keys[i].textContent])
    .filter(one => one[0] > 0.005).sort((a, b) => b[0] - a[0]).slice(0, count)
    .map(([weight, word]) => `${word} ${Math.round(100 * weight)} %`).join(', ');

  function look(row) {
    const seen = seenBy(row);
    keys.forEach((key, i) => {
      key.className = key.className.replace(/ (h\d+|missing)/, '') + ' ' + level(seen[i] / most);
      key.title = percent(seen[i]);
    });
    queries.forEach((query, i) => query.setAttribute('aria-pressed', i === row));
    rows.forEach((label, i) => label.classList.toggle('now', i === row));
    outline.setAttribute('y', cells[row * keys.length].getAttribute('y'));
    section.querySelector('.told').textContent = queries[row].textContent + ' ← ' + told(row, 4);
  }

  function show() {
    const used = heads.filter(fits);
    weights = cells.map((_, i) => used.reduce((sum, one) => sum + one.weights[i], 0) / used.length);
    most = weights.reduce((a, b) => b > a ? b : a, 0) || 1;
    cells.forEach((cell, i) => {
      cell.setAttribute('class', 'cell ' + level(weights[i] / most));
      cell.firstChild.textContent =
        cell.firstChild.textContent.replace(/[^:]*$/, ' ' + percent(weights[i]));
    });
    section.querySelector('.top').textContent = percent(most);
    const shown = used.length === 1
      ? `Layer ${+used[0].layer + 1}, head ${+used[0].head + 1}`
      : 'Mean of ' + (place('layer') || 'all layers') + ', ' + (place('head') || 'all heads');
    section.querySelector('.shown').textContent = shown;
    section.querySelector('.map svg').setAttribute('aria-label', shown + '. ' +
      rows.map((label, row) => label.textContent + ' looks most at ' + told(row, 1)).join('; '));
    buttons.forEach(button => button.setAttribute(
      'aria-pressed', button.dataset.value === chosen[button.dataset.choose]));
    heads.forEach(one => one.element.setAttribute('aria-pressed', used.length === 1 && fits(one)));
    look(kept);
  }

  queries.forEach((query, row) => {
    query.onmouseenter = query.onfocus = () => look(row);
    query.onmouseleave = () => look(kept);
    query.onclick = () => look(kept = row);
  });
  cells.forEach((cell, i) => {
    const row = Math.floor(i / keys.length);
    cell.onmouseenter = () => look(row);
    cell.onmouseleave = () => look(kept);
    cell.onclick = () => look(kept = row);
  });
  buttons.forEach(button => button.onclick = () => {
    chosen[button.dataset.choose] = button.dataset.value;
    show();
  });
  heads.forEach(one => one.element.onclick = () => {
    Object.assign(chosen, fits(one) && chosen.layer && chosen.head
      ? {layer: '', head: ''} : {layer: one.layer, head: one.head});
    show();
  });
  section.classList.add('live');
  show();
}
)js";
}

}  // namespace lectern
