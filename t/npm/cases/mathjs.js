const math = require('mathjs');
module.exports = () => [
  math.evaluate('sqrt(3^2 + 4^2) + det([[1, 2], [3, 4]])'),
  math.evaluate('12.7 cm to inch').toString(),
  math.simplify('2 * x + x * 3').toString(),
  math.derivative('x^3 + sin(x)', 'x').toString(),
  math.format(math.bignumber(1).div(3)),
  math.inv([[1, 2], [3, 4]]).toString(), math.complex(1, 2).mul(2).toString(),
].join('\n');
