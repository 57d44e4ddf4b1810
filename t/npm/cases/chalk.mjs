import chalk, { Chalk, supportsColor } from 'chalk';

export default () => {
  const c = new Chalk({ level: 3 });

  return JSON.stringify([c.red('a') + c.bold.bgHex('#112233')('b'), chalk.level, supportsColor === false,
                         Object.keys(c.rgb(1, 2, 3)).length]);
};
