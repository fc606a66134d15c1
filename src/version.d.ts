/** Replaced at build time with the version of package.json. */
declare const CODEMIE_VERSION: string;
