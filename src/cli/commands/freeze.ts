import { freezeCommand } from './freeze-command.ts';

export const command = freezeCommand(true);
