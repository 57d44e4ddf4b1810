const { XMLBuilder, XMLParser, XMLValidator } = require('fast-xml-parser');
module.exports = () => {
  const xml = '<?xml version="1.0"?><r a="1"><i>1</i><i>2 &amp; 3</i>' +
    '<e/><![CDATA[<x>]]></r>';
  const object = new XMLParser({ ignoreAttributes: false }).parse(xml);
  return JSON.stringify([object, XMLValidator.validate('<a><b></a>')]) +
    new XMLBuilder({ ignoreAttributes: false, format: true }).build(object);
};
