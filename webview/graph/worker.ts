import { type LayoutInput, layOut } from './layout.ts';

interface WorkerScope {
  onmessage: ((event: { readonly data: { readonly request: number; readonly input: LayoutInput } }) => void) | null;
  postMessage(message: unknown): void;
}

// The scope of a worker; the page's own types know windows only.
const scope = globalThis as unknown as WorkerScope;
scope.onmessage = ({ data: { request, input } }) => {
  try {
    scope.postMessage({ request, layout: layOut(input) });
  } catch (error) {
    scope.postMessage({ request, error: String(error) });
  }
};
