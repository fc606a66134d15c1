import type { HelmNode, HelmScalar } from '../helm/nodes.ts';
import type { EnvList } from './env.ts';
import type { Origin, Place } from './place.ts';

/** What stands in the files, one for each thing that rules look at. */
export type Item =
  | Values
  | RenderedWorkload
  | UiConfig
  | SecretManifest
  | Autoscaler
  | Unseen
  | Broken
  | FurtherDocuments;

/** Where a document says in which cluster it ends up, and which chart it is for. */
export interface Target {
  readonly namespace?: string;
  /** The version of the chart. */
  readonly version?: string;
}

/** Helm values: of a file, or of a document that holds some. */
export interface Values {
  readonly kind: 'values';
  /** `other`: of a chart that is not the platform's. */
  readonly component: 'api' | 'ui' | 'other';
  /** The document names another chart, so nothing in it is of ours. */
  readonly isForeign: boolean;
  readonly root: HelmNode;
  readonly origin: Origin;
  readonly target: Target;
}

/** A Deployment or Rollout of the API, as Helm renders it. */
export interface RenderedWorkload {
  readonly kind: 'workload';
  readonly name: string;
  readonly at: Place;
  readonly env: EnvList;
  readonly replicas: number | undefined;
  readonly target: Target;
}

/** The UI's settings, as Helm renders them: the texts of `window._env_`. */
export interface UiConfig {
  readonly kind: 'ui-config';
  readonly at: Place;
  readonly settings: ReadonlyMap<string, { readonly text: string; readonly at: Place }>;
  readonly target: Target;
}

export interface SecretManifest {
  readonly kind: 'secret';
  readonly name: string;
  readonly namespace?: string;
  readonly at: Place;
  readonly keys: ReadonlyMap<string, SecretKey>;
}

export interface SecretKey {
  readonly at: Place;
  readonly node: HelmScalar;
  /** How many lines it takes, with its key. */
  readonly lines: number;
  /** In base64, as `data` has it; `sealed`: nobody can read it. */
  readonly form: 'data' | 'text' | 'sealed';
}

export interface Autoscaler {
  readonly kind: 'autoscaler';
  readonly at: Place;
  /** The workload that it scales. */
  readonly workload: string | undefined;
  readonly most: number;
}

/** Something that changes the outcome and cannot be seen in the files. */
export interface Unseen {
  readonly kind: 'unseen';
  readonly at: Place;
  readonly message: string;
  readonly advice: string;
  /** Whether variables of the API may come from there. */
  readonly mayHoldEnv: boolean;
}

/** Helm cannot read it. */
export interface Broken {
  readonly kind: 'broken';
  readonly at: Place;
  readonly reason: string;
}

/** A values file with more documents than one. */
export interface FurtherDocuments {
  readonly kind: 'further-documents';
  readonly at: Place;
}
