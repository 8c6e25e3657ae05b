// Light and dark: what the system prefers until the reader chooses; paper is always light.
import {Store} from './store';

export interface Theme {
  dark: boolean;
  text: string;
  muted: string;
  line: string;
  surface: string;
  background: string;
  accent: string;
}

const light: Theme = {
  dark: false,
  text: '#1c2430',
  muted: '#5b6675',
  line: '#d9dee6',
  surface: '#ffffff',
  background: '#f4f6f9',
  accent: '#b3245f',
};
const dark: Theme = {
  dark: true,
  text: '#e4e9f0',
  muted: '#9aa6b5',
  line: '#333c49',
  surface: '#1a2029',
  background: '#11151b',
  accent: '#ff7eb6',
};

const storageKey = 'fusesim-theme';
const system = window.matchMedia('(prefers-color-scheme: dark)');

let chosen: 'light' | 'dark' | null = stored();
let printing = false;

export const theme = new Store<Theme>(current());

function stored(): 'light' | 'dark' | null {
  try {
    const value = localStorage.getItem(storageKey);
    return value === 'light' || value === 'dark' ? value : null;
  } catch {
    return null; // pages from disk may have no storage
  }
}

function current(): Theme {
  if (printing) return light;
  return (chosen ?? (system.matches ? 'dark' : 'light')) === 'dark' ? dark : light;
}

function apply(): void {
  const value = current();
  document.documentElement.dataset['theme'] = value.dark ? 'dark' : 'light';
  theme.set(value);
}

export function toggleTheme(): void {
  chosen = theme.get().dark ? 'light' : 'dark';
  try {
    localStorage.setItem(storageKey, chosen);
  } catch {
    // it then lasts as long as the page
  }
  apply();
}

export function startTheme(): void {
  system.addEventListener('change', apply);
  const print = window.matchMedia('print');
  const follow = (on: boolean): void => {
    printing = on;
    apply();
  };
  print.addEventListener('change', event => follow(event.matches));
  window.addEventListener('beforeprint', () => follow(true));
  window.addEventListener('afterprint', () => follow(false));
  printing = print.matches;
  apply();
}
