import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Frame, Locator, Page } from 'playwright-core';
import { checkAccessibility } from './accessibility.ts';
import { THEMES, type Theme } from './themes.ts';

/** A row of a tree as a person sees it. */
export interface Row {
  readonly label: string;
  /** The grey text behind the label. */
  readonly description: string;
  /** The letter at the right end, from a file decoration. */
  readonly badge: string;
  /** What a screen reader says. */
  readonly spoken: string;
  /** What hovering tells, decorations included. */
  readonly tooltip: string;
  /** 1 for the rows of the top level. */
  readonly level: number;
  /** Undefined for a row without children. */
  readonly expanded: boolean | undefined;
}

const exactly = (text: string) => new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);

const SHOTS = 'test-results/screenshots';
const PICTURE_REST = 400; // ms in which animations and late decorations end

/** The workbench in the browser, by what a person does in it. Every wait ends with an error after 30 s. */
export class Workbench {
  readonly page: Page;
  #theme: Theme = 'dark';

  constructor(page: Page) {
    this.page = page;
  }

  // ------------------------------------------------------------------ commands

  /** Runs a command of the palette by its full title, such as `Lode: Add`. */
  async runCommand(title: string): Promise<void> {
    await this.#findCommand(title);
    await this.#quickRow(title).click();
  }

  /** A palette that is open does not take in commands that come meanwhile: it is opened again until it has this one. */
  async #findCommand(title: string): Promise<void> {
    await this.#until(`the command ${title}`, async () => {
      await this.#openPalette(`>${title}`);
      const isThere = await this.#quickRow(title)
        .waitFor({ timeout: 3000 })
        .then(
          () => true,
          () => false,
        );
      if (isThere) return true;
      await this.page.keyboard.press('Escape');
      await this.quickInput().waitFor({ state: 'hidden' });
      return false;
    });
  }

  /** The titles the palette offers for a text. */
  async commandsFor(text: string): Promise<string[]> {
    await this.#openPalette(`>${text}`);
    const rows = this.page.locator('.quick-input-list .monaco-list-row');
    await rows.first().waitFor();
    const titles = await rows.locator('.label-name').allInnerTexts();
    await this.page.keyboard.press('Escape');
    return titles;
  }

  async #openPalette(text: string): Promise<Locator> {
    await this.page.keyboard.press('F1');
    const input = this.quickInput();
    await input.waitFor({ state: 'visible' });
    await input.fill(text);
    return input;
  }

  /** A row of the palette or a quick pick with exactly this label. */
  #quickRow(label: string): Locator {
    const name = this.page.locator('.label-name').filter({ hasText: exactly(label) });
    return this.page.locator('.quick-input-list .monaco-list-row').filter({ has: name }).first();
  }

  /** The text field of a palette, a quick pick or an input box. */
  quickInput(): Locator {
    return this.page.locator('.quick-input-widget input:is([type=text], [type=password])').first();
  }

  /** Answers an input box. */
  async answer(text: string): Promise<void> {
    await this.quickInput().fill(text);
    await this.quickInput().press('Enter');
  }

  /** Picks a row of an open quick pick. */
  async pick(text: string | RegExp): Promise<void> {
    await this.page.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first().click();
  }

  /** Presses a button of a modal question. */
  async pressDialogButton(name: string | RegExp): Promise<void> {
    await this.page.locator('.monaco-dialog-box').getByRole('button', { name }).click();
  }

  // ------------------------------------------------------------------ side bar

  /** A container's tab in the activity bar. */
  activityTab(title: string): Locator {
    return this.page.locator('.activitybar').getByRole('tab', { name: new RegExp(`^${title}\\b`) });
  }

  /** Shows a container of the activity bar, whether or not another one is open. */
  async openContainer(title: string): Promise<void> {
    const tab = this.activityTab(title);
    if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.click();
    await this.page.locator('.part.sidebar .composite.title, .part.sidebar .title-label').first().waitFor();
  }

  /** A view of the side bar by the name in its header; the header of a container's only view is that of the container. */
  view(name: string): Locator {
    const named = this.page.locator(`.part.sidebar .pane:has(.pane-header[aria-label^="${name}" i])`);
    return named.first();
  }

  /** Rows of a tree that are in the picture, from top to bottom. */
  async rows(tree: Locator): Promise<Row[]> {
    return tree.locator('.monaco-list-row').evaluateAll((elements) =>
      elements
        .sort((a, b) => Number(a.getAttribute('data-index')) - Number(b.getAttribute('data-index')))
        .map((row) => {
          const text = (selector: string) => row.querySelector(selector)?.textContent?.trim() ?? '';
          const icon = row.querySelector('.monaco-icon-label');
          const after = icon ? getComputedStyle(icon, '::after').content : 'none';
          const expanded = row.getAttribute('aria-expanded');
          return {
            label: text('.label-name') || text('.monaco-icon-label') || text('.name'),
            description: text('.label-description'),
            badge: /^"(.*)"$/.exec(after)?.[1] ?? '',
            spoken: row.getAttribute('aria-label') || (row.textContent?.trim() ?? ''),
            tooltip: icon?.getAttribute('aria-label') ?? '',
            level: Number(row.getAttribute('aria-level')),
            expanded: expanded === null ? undefined : expanded === 'true',
          };
        }),
    );
  }

  /** The row with a label, waited for. */
  row(tree: Locator, label: string): Locator {
    const name = this.page.locator('.label-name').filter({ hasText: exactly(label) });
    return tree.locator('.monaco-list-row').filter({ has: name }).first();
  }

  /** Opens a folder of a tree, if it is closed. */
  async expand(tree: Locator, label: string): Promise<void> {
    const row = this.row(tree, label);
    await row.waitFor();
    const opened = row.and(this.page.locator('[aria-expanded="true"]'));
    for (let tries = 0; tries < 4 && !(await opened.isVisible()); tries++) {
      await row.click(); // The rows may move under the mouse while others are being filled in.
      await opened.waitFor({ timeout: 3000 }).catch(() => this.page.keyboard.press('ArrowRight'));
    }
    await opened.waitFor();
  }

  /** Waits until a row is as asked, and gives it; a failure shows all rows there were. */
  async waitForRow(tree: Locator, label: string, ready: (row: Row) => boolean = () => true): Promise<Row> {
    let seen: Row[] = [];
    const found = async () => {
      seen = await this.rows(tree);
      return seen.find((row) => row.label === label && ready(row));
    };
    return this.#until(`the row ${label}`, found, () => JSON.stringify(seen, null, 1));
  }

  /** Chooses from the menu a right click on a row opens. */
  async contextMenu(row: Locator, item: string): Promise<void> {
    await row.click({ button: 'right' });
    await this.page
      .locator('.context-view .action-item, .monaco-menu .action-item')
      .filter({ hasText: item })
      .first()
      .click();
  }

  /** The tree of the explorer; opens it. */
  async explorer(): Promise<Locator> {
    await this.openContainer('Explorer');
    return this.page.locator('.explorer-folders-view');
  }

  /** The tree of changes in Source Control; opens it. */
  async sourceControl(): Promise<Locator> {
    await this.openContainer('Source Control');
    return this.page.locator('.scm-view').first();
  }

  // ------------------------------------------------------------------ elsewhere

  /** An item of the status bar. */
  statusItem(text: string | RegExp): Locator {
    return this.page.locator('.part.statusbar .statusbar-item').filter({ hasText: text }).first();
  }

  /** A notification at the lower right. */
  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast').filter({ hasText: text }).first();
  }

  /** Presses a button of a notification. */
  async pressNotificationButton(text: string | RegExp, button: string): Promise<void> {
    await this.notification(text).getByRole('button', { name: button }).click();
  }

  async closeNotifications(): Promise<void> {
    await this.runCommand('Notifications: Clear All Notifications');
  }

  /** Opens a file through Quick Open. @param name Relative to the folder. */
  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press('ControlOrMeta+P');
    await this.quickInput().fill(name);
    await this.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ hasText: path.basename(name) })
      .first()
      .waitFor();
    await this.quickInput().press('Enter');
    await this.page
      .getByRole('tab', { name: new RegExp(path.basename(name)) })
      .first()
      .waitFor();
  }

  /** What the terminal shows, without blanks at the ends of lines. */
  async terminalText(): Promise<string> {
    const lines = this.page.locator('.terminal-wrapper.active .xterm-rows > div');
    await lines.first().waitFor();
    return (await lines.allInnerTexts())
      .map((line) => line.replaceAll(' ', ' ').trimEnd())
      .join('\n')
      .trimEnd();
  }

  /** Opens a terminal and runs a line in it. */
  async runInTerminal(line: string): Promise<void> {
    await this.runCommand('Terminal: Create New Terminal');
    await this.page.locator('.terminal-wrapper.active .xterm-rows').waitFor();
    await this.page.keyboard.type(line);
    await this.page.keyboard.press('Enter');
  }

  /** The lines of an output channel that are in the picture. */
  async output(channel: string): Promise<string[]> {
    await this.runCommand('Output: Focus on Output View');
    await this.page.locator('.part.panel select').first().selectOption({ label: channel });
    const lines = this.page.locator('.part.panel .view-line');
    await lines.first().waitFor();
    return (await lines.allInnerTexts()).map((line) => line.replaceAll(' ', ' '));
  }

  /** The page an extension shows in a webview: the inner of two frames. */
  async webview(): Promise<Frame> {
    const inner = this.page.locator('iframe.webview.ready').contentFrame().locator('iframe#active-frame');
    await inner.waitFor();
    const frame = await (await inner.elementHandle())?.contentFrame();
    assert.ok(frame, 'the webview has a page');
    return frame;
  }

  // ------------------------------------------------------------------ trust

  /** Trusts the folder, by the dialog of older versions or the banner of newer ones. */
  async trustFolder(): Promise<void> {
    const yes = this.page.getByRole('button', { name: /Yes, I trust/ });
    const manage = this.page.locator('.part.banner a, .part.banner [role=button]').filter({ hasText: 'Manage' });
    await yes.or(manage).first().waitFor();
    if (await yes.isVisible()) await yes.click();
    else {
      await manage.click();
      await this.page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).click();
    }
    await this.statusItem('Restricted Mode').waitFor({ state: 'detached' });
    const modal = this.page.locator('.monaco-modal-editor-block');
    if (!(await modal.isVisible())) return;
    await modal
      .getByRole('button', { name: /^Close/ })
      .first()
      .click();
    await modal.waitFor({ state: 'detached' });
  }

  // ------------------------------------------------------------------ keyboard, looks, accessibility

  /** Presses keys one after another, such as `Tab`, `ArrowDown`, `Control+Enter`. */
  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.page.keyboard.press(key);
  }

  /** What a screen reader would say of the focused element; `aria-activedescendant` is followed, as lists use it. */
  async focused(): Promise<string> {
    return this.page.evaluate(() => {
      const active = document.activeElement;
      const inner = active?.getAttribute('aria-activedescendant');
      const element = (inner ? document.getElementById(inner) : active) ?? active;
      return `${element?.getAttribute('role') ?? element?.tagName.toLowerCase()}: ${element?.getAttribute('aria-label') ?? element?.textContent ?? ''}`;
    });
  }

  /** Runs a command of the palette without touching the mouse. */
  async runByKeyboard(title: string): Promise<void> {
    await this.#findCommand(title);
    await this.pressUntilFocused('ArrowDown', new RegExp(`^option: ${title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`));
    await this.page.keyboard.press('Enter');
  }

  /** Opens the menu of the focused row and chooses from it, all by keys. */
  async menuByKeyboard(item: string): Promise<void> {
    await this.page.keyboard.press('Shift+F10');
    await this.page.getByRole('menuitem', { name: item, exact: true }).waitFor();
    await this.pressUntilFocused('ArrowDown', new RegExp(`^menuitem: ${item}$`));
    await this.page.keyboard.press('Enter');
  }

  /** Presses a button of the newest notification by keys. */
  async notificationByKeyboard(text: string | RegExp, button: string): Promise<void> {
    await this.notification(text).waitFor();
    await this.runByKeyboard('Notifications: Focus Notification Toast');
    await this.pressUntilFocused('Tab', new RegExp(`^button: ${button}$`));
    await this.page.keyboard.press('Enter');
  }

  /** Presses one key until the focus is where it should be. @throws after 60 presses, with the way it took. */
  async pressUntilFocused(key: string, wanted: RegExp): Promise<void> {
    const way: string[] = [];
    for (let presses = 0; presses < 60; presses++) {
      const now = await this.focused();
      if (wanted.test(now)) return;
      way.push(now);
      await this.page.keyboard.press(key);
    }
    assert.fail(`${key} never led to ${wanted}:\n${way.join('\n')}`);
  }

  /** Changes the theme as a user does, and waits until it is drawn. */
  async setTheme(theme: Theme): Promise<void> {
    const { name, kind } = THEMES[theme];
    const classes = async () => (await this.page.locator('.monaco-workbench').getAttribute('class')) ?? '';
    if (!(await classes()).split(' ').includes(kind)) {
      await this.runCommand('Preferences: Color Theme');
      await this.page.locator('.quick-input-list .monaco-list-row').nth(2).waitFor(); // The picker has taken the place of the palette.
      await this.quickInput().fill(name);
      await this.#quickRow(name).waitFor();
      await this.quickInput().press('Enter');
    }
    await this.#until(`theme ${name}`, async () => (await classes()).split(' ').includes(kind));
    this.#theme = theme;
  }

  /** Takes a picture of the window in the current theme. @param name Becomes the file's name. */
  async screenshot(name: string): Promise<string> {
    const file = path.resolve(SHOTS, this.#theme, `${name}.png`);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    const { width, height } = this.page.viewportSize() ?? { width: 0, height: 0 };
    await this.page.mouse.move(width / 2, height - 1); // Off whatever has a tooltip.
    await this.page.waitForTimeout(PICTURE_REST);
    await this.page.screenshot({ path: file });
    return file;
  }

  /** Takes the same picture in every theme, and ends in the dark one. */
  async screenshotInThemes(name: string): Promise<void> {
    for (const theme of ['light', 'high-contrast', 'high-contrast-light', 'dark'] as const) {
      await this.setTheme(theme);
      await this.screenshot(name);
    }
  }

  /** Fails with axe's findings where a part of the page is not accessible: a webview, or what a selector names. */
  async assertAccessible(part: Frame | string): Promise<void> {
    const found =
      typeof part === 'string' ? await checkAccessibility(this.page.mainFrame(), part) : await checkAccessibility(part);
    assert.deepEqual(found, []);
  }

  async #until<T>(what: string, ask: () => Promise<T | undefined | false>, seen: () => string = () => ''): Promise<T> {
    const end = Date.now() + 30_000;
    for (;;) {
      const answer = await ask();
      if (answer) return answer;
      if (Date.now() > end) assert.fail(`waited in vain for ${what}\n${seen()}`);
      await this.page.waitForTimeout(100);
    }
  }
}
