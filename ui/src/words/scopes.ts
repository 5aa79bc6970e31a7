/** "drive.readonly" for a scope that is written as an address; others as they are. */
export function shortScope(scope: string): string {
  return /^https?:\/\//.test(scope) ? scope.slice(scope.lastIndexOf("/") + 1) || scope : scope;
}
