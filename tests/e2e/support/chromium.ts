// A real Chromium, driven through chromedriver, in which the tests press the buttons on the providers' own pages.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  Browser,
  Builder,
  By,
  error as WebDriverError,
  until,
  type WebDriver,
  type WebElement,
} from "selenium-webdriver";
import chrome from "selenium-webdriver/chrome.js";
import { findProgram } from "./program.ts";

/** How long a provider's page may take; generous, because two cores also build and render. */
const PAGE_WITHIN_MS = 20_000;

export type Chromium = { readonly page: WebDriver; stop(): Promise<void> };

/** Starts Chromium with a fresh profile; on demand as a person who goes on past every warning of a certificate. */
export async function startChromium({ acceptsInsecureCertificates = false } = {}): Promise<Chromium> {
  const options = new chrome.Options();
  options.setAcceptInsecureCerts(acceptsInsecureCertificates);
  options.addArguments(
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    // The sandbox refuses to start as root, as which containers run their builds.
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
  );
  const binary = findProgram([process.env["CHROMIUM"], "chromium", "/snap/bin/chromium", "google-chrome"]);
  if (binary) options.setChromeBinaryPath(binary);
  const chromedriver = findProgram([
    process.env["CHROMEDRIVER"],
    "chromedriver",
    "/snap/bin/chromium.chromedriver",
  ]);
  // The profile that chromedriver makes, and what Chromium forgets to erase, stand in a folder of their own.
  const folder = mkdtempSync(join(tmpdir(), "patchbay-chromium-"));
  const service = new chrome.ServiceBuilder(chromedriver).setEnvironment({
    ...(process.env as Record<string, string>),
    TMPDIR: folder,
  });
  const page = await new Builder()
    .forBrowser(Browser.CHROME)
    .setChromeOptions(options)
    .setChromeService(service)
    .build();
  return {
    page,
    async stop() {
      await page.quit();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

/** Signs in and agrees on the pages of `oidc-provider`'s devInteractions; ends on the redirect URI. */
export async function agreeAtOidcProvider(browser: WebDriver, url: string, login: string): Promise<void> {
  await browser.get(url);
  await answerOidcProvider(browser, login, async () => press(browser, "Continue"));
}

/** As `agreeAtOidcProvider`, but the person says no. */
export async function refuseAtOidcProvider(browser: WebDriver, url: string, login: string): Promise<void> {
  await browser.get(url);
  await answerOidcProvider(browser, login, async () =>
    browser.findElement(By.partialLinkText("Cancel")).click(),
  );
}

/** Chooses a seeded user, by login or e-mail address, on an `emulate` page; ends on the redirect URI. */
export async function agreeAtEmulate(browser: WebDriver, url: string, user: string): Promise<void> {
  await browser.get(url);
  const left = new URL(await browser.getCurrentUrl()).host;
  const button = By.xpath(`//button[contains(@class,"user-btn")][.//*[normalize-space()="${user}"]]`);
  const found = await browser.wait(
    until.elementLocated(button),
    PAGE_WITHIN_MS,
    `no button for ${user} on ${url}`,
  );
  // The page's foot lies over what stands at the lower edge.
  await browser.executeScript("arguments[0].scrollIntoView({ block: 'center' })", found);
  await found.click();
  await leave(browser, left);
}

/** Chooses an account of the practice provider and allows, or denies, what it is asked for. */
export async function answerPractice(
  browser: WebDriver,
  url: string,
  answer: "allow" | "deny",
  account?: string,
): Promise<void> {
  await browser.get(url);
  const { host } = new URL(await browser.getCurrentUrl());
  const button = await browser.wait(until.elementLocated(By.id(answer)), PAGE_WITHIN_MS, "no consent page");
  if (account !== undefined) await browser.findElement(By.id(`account-${account}`)).click();
  await button.click();
  await leave(browser, host);
}

/** The words of the page that Chromium shows. */
export async function pageText(browser: WebDriver): Promise<string> {
  return browser.findElement(By.css("body")).getText();
}

/** Signs in if asked to (a session of an earlier sign-in makes the page not appear), then answers the consent page. */
async function answerOidcProvider(
  browser: WebDriver,
  login: string,
  answer: () => Promise<void>,
): Promise<void> {
  const host = new URL(await browser.getCurrentUrl()).host;
  const page = By.css("form button.login-submit");
  const isAsked = async () => (await browser.findElements(page)).length > 0;
  await browser
    .wait(
      amidChanges(async () => !(await isOn(browser, host)) || (await isAsked())),
      PAGE_WITHIN_MS,
      "oidc-provider showed neither a sign-in page nor a consent page",
    )
    .catch(async (error: Error) => {
      throw new Error(`${error.message}; it says: ${await pageText(browser)}`);
    });
  if (!(await isOn(browser, host))) return;
  const name = await browser.findElements(By.name("login"));
  if (name[0]) {
    await name[0].clear();
    await name[0].sendKeys(login);
    await browser.findElement(By.name("password")).sendKeys("any");
    const form = await browser.findElement(page);
    await form.click();
    await browser.wait(() => isGone(form), PAGE_WITHIN_MS, "the sign-in page did not go away");
    await browser.wait(
      amidChanges(async () => !(await isOn(browser, host)) || (await isAsked())),
      PAGE_WITHIN_MS,
      "no consent page came after the sign-in page",
    );
    if (!(await isOn(browser, host))) return;
  }
  await answer();
  await leave(browser, host);
}

/** A page that changes under a question leaves it unanswered, which chromedriver calls an error it did not expect. */
const isOfAnotherPage = (error: unknown): boolean =>
  error instanceof WebDriverError.StaleElementReferenceError ||
  (error instanceof Error && error.message.includes("does not belong to the document"));

/** Whether the page that this element stood on has gone. */
async function isGone(element: WebElement): Promise<boolean> {
  try {
    await element.getTagName();
    return false;
  } catch (error) {
    if (isOfAnotherPage(error)) return true;
    throw error;
  }
}

/** Asks again where the page changes while it is asked. */
function amidChanges(look: () => Promise<boolean>): () => Promise<boolean> {
  return async () =>
    look().catch((error: unknown) => {
      if (isOfAnotherPage(error)) return false;
      throw error;
    });
}

async function press(browser: WebDriver, label: string): Promise<void> {
  await browser.findElement(By.xpath(`//button[normalize-space()="${label}"]`)).click();
}

async function isOn(browser: WebDriver, host: string): Promise<boolean> {
  return new URL(await browser.getCurrentUrl()).host === host;
}

async function leave(browser: WebDriver, host: string): Promise<void> {
  await browser.wait(
    async () => !(await isOn(browser, host)),
    PAGE_WITHIN_MS,
    `the browser stayed at ${host}`,
  );
}
