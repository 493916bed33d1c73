/** How one thing the Doctor looked at stands. */
export type Health = 'good' | 'note' | 'warning' | 'problem';

/** A button: what it is called, and which command of the allow-list it runs. */
export interface Fix {
  readonly label: string;
  readonly command: DoctorCommand;
}

/** The commands a Doctor page may ask for; the host refuses any other. */
export type DoctorCommand =
  | 'lode.remoteAdd'
  | 'lode.remoteDefault'
  | 'lode.push'
  | 'lode.pull'
  | 'lode.commit'
  | 'lode.cacheVerify'
  | 'lode.shareCache'
  | 'lode.useLinks'
  | 'lode.refresh'
  | 'lode.showLog'
  | 'lode.openSettings'
  | 'workbench.trust.manage';

export interface Check {
  readonly id: string;
  readonly title: string;
  readonly health: Health;
  /** `Good`, `Problem`: what the icon says, for those who do not see it. */
  readonly healthText: string;
  /** One or two sentences. */
  readonly finding: string;
  /** Lines for those who want to know it exactly. */
  readonly details: readonly string[];
  readonly fixes: readonly Fix[];
}

/** All that a Doctor page shows. */
export interface DoctorPage {
  readonly heading: string;
  readonly summary: string;
  readonly detailsLabel: string;
  readonly refreshLabel: string;
  readonly copyLabel: string;
  readonly sections: readonly { readonly title: string; readonly checks: readonly Check[] }[];
}

export type ToDoctor =
  | { readonly type: 'page'; readonly page: DoctorPage }
  | { readonly type: 'working'; readonly text: string };

export type FromDoctor =
  | { readonly type: 'ready' }
  | { readonly type: 'refresh' }
  | { readonly type: 'copy' }
  | { readonly type: 'fix'; readonly section: number; readonly command: DoctorCommand };
