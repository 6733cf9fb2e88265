// A person with a real browser: Chromium, headless, as `BROWSER` names it, with the address as the last argument. They go through
// the login and consent pages of oidc-provider's own, and look at the page where that ends. DOES: `consents` or `denies`.
// What they saw is written to the file TELLS, without anything secret.
import { renameSync, writeFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const address = process.argv.at(-1);
const { DOES: does, TELLS: tells } = process.env;
const saw = { arguments: process.argv.length - 2, pages: [], requests: [], complaints: [] };

async function visit(page) {
  let arrived = false;
  // Where a navigation leads that no server answers: what the address bar shows.
  const unreachable = new Promise((resolve) => page.on('requestfailed', (request) => {
    if (request.isNavigationRequest() && request.failure().errorText === 'net::ERR_CONNECTION_REFUSED') resolve(request.url());
  }));
  page.on('request', (request) => {
    const url = new URL(request.url());
    arrived ||= request.isNavigationRequest() && url.origin !== new URL(address).origin;
    if (arrived) saw.requests.push(`${url.protocol}//${url.hostname}${url.pathname}`);
  });
  page.on('console', (message) => { if (arrived) saw.complaints.push(message.text()); });
  page.on('pageerror', (error) => saw.complaints.push(String(error)));

  await page.goto(address);
  saw.pages.push(await page.title());
  const walk = async () => {
    if (does === 'denies') {
      await page.getByRole('link', { name: 'Cancel' }).click();
    } else {
      await page.getByPlaceholder('Enter any login').pressSequentially('alice');
      await page.getByPlaceholder('and password').pressSequentially('canary-password');
      await page.getByRole('button', { name: 'Sign-in' }).click();
      await page.getByRole('button', { name: 'Continue' }).click();
    }
    await page.waitForURL((url) => url.origin !== new URL(address).origin, { waitUntil: 'load' });
  };
  const back = await Promise.race([walk().catch((error) => new Promise((_, reject) => setTimeout(reject, 2000, error))), unreachable]);
  if (back) {
    saw.back = back;
    return;
  }
  saw.title = await page.title();
  saw.text = await page.evaluate(() => document.body.innerText);
  saw.scripts = await page.evaluate(() => document.scripts.length);
  saw.resources = await page.evaluate(() => performance.getEntriesByType('resource').length);
  // The style of the page is in force: its own policy permits it.
  saw.width = await page.evaluate(() => getComputedStyle(document.body).maxWidth);
}

let browser;
try {
  // Nobody but loopback has an address, and nothing is written to the person's home.
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium', args: ['--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost'],
    env: { PATH: process.env.PATH, HOME: import.meta.dirname },
  });
  await visit(await browser.newPage());
} catch (error) {
  saw.error = String(error);
}
writeFileSync(`${tells}.new`, JSON.stringify(saw));
renameSync(`${tells}.new`, tells);
await browser?.close();
