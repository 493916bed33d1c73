// The browser of the tests: a Chromium or Chrome that is on the machine, driven by playwright-core.
import fs from 'node:fs';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/microsoft-edge',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
];

/** Path of a browser, or undefined; CHROME_PATH comes first. */
export const findChromium = () => [process.env.CHROME_PATH, ...PLACES].find((file) => file && fs.existsSync(file));

/**
 * Opens a window with a profile of its own.
 * @param {string} profile A fresh folder.
 * @param {{ headless?: boolean, viewport?: { width: number, height: number } }} options
 */
export async function openChromium(
  profile,
  { headless = !process.env.HEADED, viewport = { width: 1280, height: 800 } } = {},
) {
  const executablePath = findChromium();
  if (!executablePath)
    throw new Error('No Chromium or Chrome was found; CHROME_PATH may name one (Debian: apt-get install chromium).');
  const { chromium } = await import('playwright-core');
  return chromium.launchPersistentContext(profile, {
    executablePath,
    headless,
    viewport,
    // The sandbox needs rights that root in a container does not have; only pages of our own server are opened.
    chromiumSandbox: false,
    args: [
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
