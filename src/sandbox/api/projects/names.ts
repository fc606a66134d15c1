import { refuse } from '../refusal.ts';

const RESERVED = ['admin', 'system', 'root', 'api', 'null', 'undefined', 'default', 'test', 'demo'];

/** @throws Refusal (400) */
export function acceptedName(name: string): string {
  if (name.length < 3) refuse(400, 'Project name must be at least 3 characters');
  if (name.length > 100) refuse(400, 'Project name cannot exceed 100 characters');
  if (!/^[a-z\d][a-z\d_-]*$/.test(name)) {
    refuse(
      400,
      `Invalid project name. Must be 3-100 lowercase alphanumeric characters (underscore/hyphen allowed), cannot contain uppercase letters, cannot start with special character, and cannot use reserved names (${RESERVED.join(', ')})`,
    );
  }
  if (RESERVED.includes(name)) refuse(400, `Project name '${name}' is reserved and cannot be used`);
  return name;
}

/** @throws Refusal (400) */
export function acceptedDescription(description: string): string {
  if (description.trim() === '') refuse(400, 'Project description is required');
  if (description.length > 500) refuse(400, 'Project description cannot exceed 500 characters');
  return description;
}

/** @throws Refusal (400) */
export function acceptedDisplayName(displayName: string): string {
  const name = displayName.trim();
  return name.length > 150 ? refuse(400, 'Project display name cannot exceed 150 characters') : name;
}
