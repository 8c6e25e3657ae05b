// Starts the system's Chromium without a window, for tests and pictures. It never downloads one.
import {existsSync} from 'node:fs';
import {chromium} from 'playwright-core';

const candidates = [process.env.FUSESIM_CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

export function chromiumPath() {
  const path = candidates.find(candidate => candidate && existsSync(candidate));
  if (!path) throw new Error('no Chromium: install the package chromium, or set FUSESIM_CHROMIUM to its path');
  return path;
}

export async function startBrowser() {
  return chromium.launch({
    executablePath: chromiumPath(),
    headless: true,
    timeout: 120000,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--font-render-hinting=none'],
  });
}
