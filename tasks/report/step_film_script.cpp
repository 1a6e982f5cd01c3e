#include "tasks/report/step_film.h"

namespace lectern {

std::string step_film_style() {
  return R"css(
.film-tools{display:none;gap:10px;align-items:center;margin:12px 0 6px}
.scripted .film-tools{display:flex}
.film-tools label{flex:1;display:flex;gap:10px;align-items:center;color:var(--muted);font-size:14px}
.film-tools input{flex:1;min-width:60px;accent-color:var(--accent);height:32px}
button{font:inherit;font-size:14px;color:var(--ink);background:var(--card);
 border:1px solid var(--rule);border-radius:6px;padding:5px 14px;cursor:pointer;min-width:70px}
button:focus-visible,input:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.moment{font-variant-numeric:tabular-nums;margin:6px 0 10px;max-width:none;overflow-wrap:anywhere}
.alive{list-style:none;margin:0;padding:0;font-size:14px;max-width:860px}
.alive li{display:grid;grid-template-columns:84px minmax(0,1fr) 140px;gap:0 14px;
 align-items:center;border-top:1px solid var(--grid);padding:3px 0}
.alive .size{text-align:right;font-variant-numeric:tabular-nums}
.alive .who{overflow-wrap:anywhere}.alive code{color:var(--muted);font-size:12px}
.rest{margin-top:6px}
@media screen and (max-width:760px){
 .alive li{grid-template-columns:76px minmax(0,1fr)}.alive .bar{grid-column:1/-1;height:4px}
 .film-tools{flex-wrap:wrap}.film-tools label{flex-basis:100%}}
)css";
}

std::string step_film_script() {
  return R"js(
document.documentElement.classList.add('scripted');
const film = JSON.parse(document.getElementById('film-data').textContent);
const holder = document.querySelector('.film'), slider = holder.querySelector('input');
const list = holder.querySelector('.alive'), rest = holder.querySelector('.rest');
const words = holder.querySelector('.moment'), play = holder.querySelector('[data-film=play]');
const listed = 12, total = Number(holder.dataset.ms);

function readable(bytes) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  while (bytes >= 1000 && unit < 4) bytes /= 1024, ++unit;
  return (unit ? bytes.toFixed(bytes < 10 ? 2 : 1) : bytes) + ' ' + units[unit];
}

function row([bytes, , , name, line], largest) {
  const item = document.createElement('li');
  const add = (tag, style, text) => {
    const element = item.appendChild(document.createElement(tag));
    element.className = style;
    element.textContent = text;
    return element;
  };
  add('span', 'size', readable(bytes));
  const who = add('span', 'who', film.phrases[name] + ' ');
  who.appendChild(document.createElement('code')).textContent = film.phrases[line];
  add('i', 'bar', '').style.setProperty('--w', 100 * bytes / largest + '%');
  return item;
}

function show(moment) {
  const [time, inUse, phrase] = film.moments[moment];
  slider.value = moment;
  words.textContent = `${(time / 1e3).toFixed(2)} ms · ${readable(inUse)} (${inUse} bytes) · `
    + film.phrases[phrase];
  slider.setAttribute('aria-valuetext', words.textContent);
  for (const picture of holder.querySelectorAll('[data-left]')) {
    const {left, right} = picture.dataset;
    const x = +left + (right - left) * time / 1e3 / total;
    const now = picture.querySelector('.cursor');
    now.setAttribute('x1', x);
    now.setAttribute('x2', x);
  }
  const alive = film.blocks.filter(block => block[1] <= moment && moment < block[2]);
  const top = alive.slice(0, listed);
  list.replaceChildren(...top.map(block => row(block, top[0][0])));
  const left = top.reduce((sum, block) => sum - block[0], inUse);
  const count = film.whole ? alive.length - top.length + ' ' : '';
  rest.textContent = `and ${count}smaller ones, ${readable(left)} together`;
}

let timer = 0;
function stop() {
  clearInterval(timer);
  timer = 0;
  play.textContent = 'Play';
}
play.addEventListener('click', () => {
  if (timer) return stop();
  if (+slider.value === film.moments.length - 1) show(0);
  play.textContent = 'Stop';
  const stride = Math.max(1, Math.round(film.moments.length / 300));
  timer = setInterval(() => {
    const next = Math.min(+slider.value + stride, film.moments.length - 1);
    show(next);
    if (next === film.moments.length - 1) stop();
  }, 40);
});
slider.addEventListener('input', () => { stop(); show(+slider.value); });
holder.querySelector('[data-film=peak]').addEventListener('click', () => { stop(); show(film.peak); });
for (const picture of holder.querySelectorAll('[data-left]'))
  picture.addEventListener('pointermove', event => {
    if (event.pointerType === 'mouse' && !event.buttons) return;
    const svg = picture.querySelector('svg'), box = svg.getBoundingClientRect();
    const {left, right} = picture.dataset;
    const x = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width;
    const time = 1e3 * total * (x - left) / (right - left);
    const later = film.moments.findIndex(one => one[0] >= time);
    stop();
    show(later < 0 ? film.moments.length - 1 : later);
  });
show(film.peak);

for (const button of document.querySelectorAll('[data-fold]'))
  button.addEventListener('click', () => {
    for (const part of document.querySelectorAll('.tree details'))
      part.open = button.dataset.fold === 'open' || part.parentNode.className === 'tree';
  });
)js";
}

}  // namespace lectern
