import * as cheerio from 'cheerio';

export default () => {
  const $ = cheerio.load('<ul id=f><li class=a>A</li><li class="b">B &amp; C</li></ul>');

  $('li.a').attr('data-x', '1').after('<li>new</li>');

  return [$.html(), $('li').map((i, e) => $(e).text()).get().join(), $('ul').children().length].join('\n');
};
