import axe from 'axe-core';
import type { Frame } from 'playwright-core';

/**
 * What axe finds in a page or a part of it, a line each: rule, how bad, and the first elements.
 * Rules about a whole document (landmarks, one heading of level 1) do not fit a panel and are left out.
 */
export async function checkAccessibility(frame: Frame, selector?: string): Promise<string[]> {
  // Evaluated through the debugger, which a content security policy does not stop.
  await frame.evaluate(axe.source);
  const violations = await frame.evaluate(async (part) => {
    const { axe: engine } = globalThis as unknown as { axe: typeof axe };
    const result = await engine.run(part ?? document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
    });
    return result.violations.map(({ id, impact, help, nodes }) => ({
      id,
      impact,
      help,
      html: nodes.slice(0, 3).map((node) => node.html),
    }));
  }, selector);
  return violations.map(({ id, impact, help, html }) => `${id} (${impact}): ${help}\n  ${html.join('\n  ')}`);
}
