import { ExecaError, parseCommandString, getCancelSignal } from 'execa';

export default () => JSON.stringify([
  parseCommandString('npm run "a b" \\ c'), typeof getCancelSignal, ExecaError.name,
]);
