// Loaded once plots are in sight: Vega is many times larger than the rest of the page.
import { ComparedPlots } from './compared-plots.ts';

dispatchEvent(new CustomEvent('lode-compared-plots', { detail: ComparedPlots }));
