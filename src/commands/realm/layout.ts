/** Where the files of a realm are, below the folder of a project, as `realm init` writes them. */
export const TEMPLATES = 'infra/deployment/templates/configs';
export const STAGES = 'infra/deployment/stages.yaml';
export const OUT = 'infra/configs/keycloak';
