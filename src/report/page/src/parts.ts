// Pieces that every page is made of: head, sections, cards, switches, bars.
import type {Cause, Head} from './document';
import {causeColour} from './colours';
import {h, replace} from './dom';
import {percent, time} from './format';
import {theme, toggleTheme} from './theme';

export interface Page {
  main: HTMLElement;
  /** Beside the sections: what is known of what the reader picked. */
  details: HTMLElement;
  /** Under the title: switches that concern all sections. */
  bar: HTMLElement;
}

export function buildPage(root: HTMLElement, head: Head): Page {
  const themeButton = h('button', {type: 'button', class: 'quiet', id: 'theme', onclick: toggleTheme});
  const name = (): void => replace(themeButton, theme.get().dark ? 'Light' : 'Dark');
  theme.watch(name);
  name();
  const bar = h('div', {class: 'bar'});
  const main = h('main');
  const details = h('aside', {id: 'details', 'aria-label': 'details', 'aria-live': 'polite'});
  root.append(
    h(
      'header',
      {class: 'top'},
      h('div', {class: 'title'},
        h('h1', {}, head.title),
        h('div', {class: 'facts'}, ...head.facts.map(fact =>
          h('span', {class: 'fact'}, h('span', {class: 'fact-name'}, fact.name), ` ${fact.value}`))),
      ),
      h('div', {class: 'actions'},
        themeButton,
        h('button', {type: 'button', class: 'quiet', onclick: () => window.print()}, 'Print'),
      ),
    ),
    h('nav', {class: 'toolbar', 'aria-label': 'sections'}, h('div', {class: 'links'}), bar),
    h('div', {class: 'columns'}, main, details),
    h('footer', {}, `fusesim ${head.tool_version}`),
  );
  for (const note of head.notes) main.append(h('p', {class: 'callout'}, note));
  for (const warning of head.warnings) main.append(h('p', {class: 'callout warning'}, warning));
  return {main, details, bar};
}

/** A titled part of the page, named in the toolbar. */
export function section(page: Page, id: string, title: string, explanation = ''): HTMLElement {
  const body = h('div', {class: 'section-body'});
  page.main.append(
    h('section', {id}, h('h2', {}, title), explanation ? h('p', {class: 'explanation'}, explanation) : null, body),
  );
  document.querySelector('.toolbar .links')?.append(h('a', {href: `#${id}`}, title));
  return body;
}

export function cards(host: HTMLElement, items: {name: string; value: string; more?: string; strong?: boolean}[]): void {
  host.append(
    h('div', {class: 'cards'}, ...items.map(item =>
      h('div', {class: item.strong ? 'card strong' : 'card'},
        h('div', {class: 'card-name'}, item.name),
        h('div', {class: 'card-value'}, item.value),
        item.more ? h('div', {class: 'card-more'}, item.more) : null))),
  );
}

/** Buttons of which one is on. */
export function choice<T extends string>(
  label: string,
  options: {value: T; title: string}[],
  chosen: T,
  onChoose: (value: T) => void,
): {element: HTMLElement; set: (value: T) => void} {
  const buttons = options.map(option =>
    h('button', {type: 'button', 'data-value': option.value, onclick: () => {
      set(option.value);
      onChoose(option.value);
    }}, option.title),
  );
  const set = (value: T): void =>
    buttons.forEach(button => button.setAttribute('aria-pressed', String(button.dataset['value'] === value)));
  set(chosen);
  return {element: h('div', {class: 'choice', role: 'group', 'aria-label': label}, ...buttons), set};
}

export function select(
  label: string,
  options: {value: string; title: string}[],
  chosen: string,
  onChoose: (value: string) => void,
): HTMLElement {
  const list = h(
    'select',
    {'aria-label': label, onchange: event => onChoose((event.target as HTMLSelectElement).value)},
    ...options.map(option => h('option', {value: option.value, selected: option.value === chosen}, option.title)),
  );
  return h('label', {class: 'select'}, h('span', {}, label), list);
}

export function checkbox(label: string, on: boolean, onChange: (on: boolean) => void): HTMLElement {
  return h('label', {class: 'checkbox'},
    h('input', {type: 'checkbox', checked: on, onchange: event => onChange((event.target as HTMLInputElement).checked)}),
    label);
}

/** Where a time goes: a bar of the causes' colours. */
export function causeBar(times: number[], causes: Cause[], most: number): HTMLElement {
  return h('span', {class: 'cause-bar'}, ...times.map((us, i) => {
    const cause = causes[i];
    if (!cause || us <= 0 || most <= 0) return null;
    return h('span', {
      style: `width:${(100 * us) / most}%;background:${causeColour(cause.key)}`,
      title: `${cause.title} ${time(us)}`,
    });
  }));
}

/** The same as lines: colour, cause, time, share. */
export function causeList(times: number[], causes: Cause[]): HTMLElement {
  const total = times.reduce((a, b) => a + b, 0);
  return h('table', {class: 'cause-list'}, ...times.map((us, i) => {
    const cause = causes[i];
    if (!cause || us <= 0) return null;
    return h('tr', {},
      h('td', {}, h('span', {class: 'swatch', style: `background:${causeColour(cause.key)}`}), cause.title),
      h('td', {class: 'number'}, time(us)),
      h('td', {class: 'number muted'}, percent(us / total)));
  }));
}

export function swatch(colour: string): HTMLElement {
  return h('span', {class: 'swatch', style: `background:${colour}`});
}
