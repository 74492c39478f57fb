// A real Firefox, driven over WebDriver BiDi: each line that comes in is a command, `[name, ...arguments]` in JSON, and
// each that goes out what came of it. `firefox.py` is the other end.
import {createInterface} from "node:readline";
import puppeteer from "puppeteer-core";

const [executablePath, preferences] = process.argv.slice(2);
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath,
  headless: true,
  defaultViewport: {width: 1280, height: 720},
  extraPrefsFirefox: JSON.parse(preferences),
});
const page = await browser.newPage();
/** @type {string[]} */
const errors = [];
page.on("pageerror", (error) => errors.push(String(error)));
page.on("console", (message) => message.type() === "error" && errors.push(message.text()));

/** @type {Record<string, (...values: any[]) => any>} */
const COMMANDS = {
  goto: (url) => page.goto(url).then(() => null),
  evaluate: (code, argument) => page.evaluate(`(${code})(${JSON.stringify(argument ?? null)})`),
  press: (key) => page.keyboard.press(key),
  move: (x, y) => page.mouse.move(x, y),
  click: (x, y) => page.mouse.click(x, y),
  drag: async (x, y, toX, toY) => {
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(toX, toY, {steps: 4});
    await page.mouse.up();
  },
  wheel: (deltaY) => page.mouse.wheel({deltaY}),
  screenshot: () => page.screenshot({encoding: "base64"}),
  errors: () => errors,
};

for await (const line of createInterface({input: process.stdin})) {
  const [name, ...values] = JSON.parse(line);
  /** @type {{result?: unknown, error?: string}} */
  let answer;
  try {
    answer = {result: (await COMMANDS[name](...values)) ?? null};
  } catch (error) {
    answer = {error: String(error)};
  }
  console.log(JSON.stringify(answer));
}
await browser.close();
