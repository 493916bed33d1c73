import { l10n, type QuickPickItem, window } from 'vscode';
import type { RemoteStep, RemoteTest, RemoteTestStep } from '../engine/index.ts';

/** What each step of a test asks, in the order in which they are taken. */
const questions = (): Readonly<Record<RemoteStep, string>> => ({
  name: l10n.t('Find the host'),
  connect: l10n.t('Connect'),
  tls: l10n.t('Secure the connection'),
  identity: l10n.t('Sign in'),
  bucket: l10n.t('Find the bucket or folder'),
  list: l10n.t('List'),
  read: l10n.t('Read'),
  write: l10n.t('Write'),
});

/** One sentence about what failed, with the next step behind it. */
export function stepsText({ failure, failedStep, remote }: RemoteTest): string {
  const what = failedStep && questions()[failedStep];
  const hint = failure?.hint !== undefined && !failure.hint.includes('`') ? ` ${failure.hint}` : '';
  return l10n.t('The remote {0} fails at “{1}”: {2}', remote, what ?? '', `${failure?.message ?? ''}${hint}`);
}

/** Shows every step of a test with what was found. */
export async function showSteps(test: RemoteTest): Promise<void> {
  const items = test.steps.map(
    (step): QuickPickItem => ({
      label: `$(${iconOf(step)}) ${questions()[step.step]}`,
      description: step.evidence ?? '',
      ...(step.outcome === 'failed' && test.failure ? { detail: test.failure.message } : {}),
    }),
  );
  await window.showQuickPick(items, {
    title: l10n.t('The Way to the Remote “{0}”', test.remote),
    ignoreFocusOut: true,
  });
}

const iconOf = ({ outcome }: RemoteTestStep): string =>
  outcome === 'passed' ? 'pass' : outcome === 'failed' ? 'error' : 'circle-slash';
