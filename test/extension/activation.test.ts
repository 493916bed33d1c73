import * as assert from 'node:assert/strict';
import * as vscode from 'vscode';

describe(`Lode in VS Code ${vscode.version}`, () => {
  const lode = () => {
    const extension = vscode.extensions.getExtension('lode.lode');
    assert.ok(extension, 'the extension under development is there');
    return extension;
  };

  it('activates by itself in a repository', async () => {
    for (const end = Date.now() + 30_000; !lode().isActive && Date.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(lode().isActive, true);
  });

  it('registers every command it declares', async () => {
    await lode().activate();
    const { contributes } = lode().packageJSON as { contributes: { commands: { command: string }[] } };
    const known = await vscode.commands.getCommands(true);
    const declared = contributes.commands.map(({ command }) => command);
    assert.ok(declared.length > 0);
    assert.deepEqual(
      declared.filter((command) => !known.includes(command)),
      [],
    );
  });
});
