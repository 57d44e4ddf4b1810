// A page made with packages from npm.  They are in the package's own
// node_modules, as "npm ci" leaves them; require() finds them as Node does.

const groupBy = require('lodash/groupBy');
const sumBy = require('lodash/sumBy');
const {format} = require('date-fns/format');
const {parseISO} = require('date-fns/parseISO');

const render = require('./lib/render');
const orders = require('./orders.json');

module.exports = (req, res) => {
    const title = req.query.title || 'Orders';

    const months = Object.entries(groupBy(orders, ({date}) => date.slice(0, 7)))
        .map(([month, list]) => ({
            name: format(parseISO(`${month}-01`), 'MMMM yyyy'),
            orders: list,
            total: sumBy(list, 'price'),
        }));

    res.send(render('page', {title, months}));
};
