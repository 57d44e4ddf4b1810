# What a function sees of a request.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: method, url and path
--- function
module.exports = (req, res) => res.json([req.method, req.url, req.path]);
--- request
GET /t/a/b?x=1&y=2
--- response_body chomp
["GET","/a/b?x=1&y=2","/a/b"]



=== TEST 2: without a rest the url is /
--- function
module.exports = (req, res) => res.json([req.url, req.path, req.baseUrl]);
--- request
GET /t
--- response_body chomp
["/","/",""]



=== TEST 3: a query alone
--- function
module.exports = (req, res) => res.json([req.url, req.path]);
--- request
GET /t?x=1
--- response_body chomp
["/?x=1","/"]



=== TEST 4: a trailing slash and inner double slashes stay
--- config
    merge_slashes off;
    location /t { invoke ./html/fn; }
--- function
module.exports = (req, res) => res.json([req.url, req.path]);
--- request
GET /t/a//b/
--- response_body chomp
["/a//b/","/a//b/"]



=== TEST 5: escapes in the path are as the client sent them
--- function
module.exports = (req, res) => res.json([req.url, req.path]);
--- request
GET /t/a%20b/caf%C3%A9
--- response_body chomp
["/a%20b/caf%C3%A9","/a%20b/caf%C3%A9"]



=== TEST 6: method POST
--- function
module.exports = (req, res) => res.json(req.method);
--- request
POST /t
x
--- response_body chomp
"POST"



=== TEST 7: method PUT
--- function
module.exports = (req, res) => res.json(req.method);
--- request
PUT /t
x
--- response_body chomp
"PUT"



=== TEST 8: method PATCH
--- function
module.exports = (req, res) => res.json(req.method);
--- request
PATCH /t
x
--- response_body chomp
"PATCH"



=== TEST 9: method DELETE
--- function
module.exports = (req, res) => res.json(req.method);
--- request
DELETE /t
--- response_body chomp
"DELETE"



=== TEST 10: method OPTIONS
--- function
module.exports = (req, res) => res.json(req.method);
--- request
OPTIONS /t
--- response_body chomp
"OPTIONS"



=== TEST 11: a method of its own
--- function
module.exports = (req, res) => res.json(req.method);
--- request
PROPFIND /t
--- response_body chomp
"PROPFIND"



=== TEST 12: HEAD has no body
--- function
module.exports = (req, res) => res.json(req.method);
--- request
HEAD /t
--- response_headers
Content-Type: application/json; charset=utf-8



=== TEST 13: query: values are strings
--- function
module.exports = (req, res) => res.json(req.query);
--- request
GET /t?a=1&b=true&c=
--- response_body chomp
{"a":"1","b":"true","c":""}



=== TEST 14: query: a repeated key is an array
--- function
module.exports = (req, res) => res.json(req.query);
--- request
GET /t?a=1&b=x&a=2&a=3
--- response_body chomp
{"a":["1","2","3"],"b":"x"}



=== TEST 15: query: brackets are part of the key
--- function
module.exports = (req, res) => res.json(req.query);
--- request
GET /t?a[]=1&a[]=2&b[c]=d
--- response_body chomp
{"a[]":["1","2"],"b[c]":"d"}



=== TEST 16: query: + and escapes
--- function
module.exports = (req, res) => res.json(req.query);
--- request
GET /t?a=b+c&d%20e=%2B%26%3D&f=%C3%A9
--- response_body chomp
{"a":"b c","d e":"+&=","f":"é"}



=== TEST 17: query: wrong escapes stay as they are
--- function
module.exports = (req, res) => res.json(req.query);
--- request
GET /t?a=%zz&b=%&c=%4
--- response_body chomp
{"a":"%zz","b":"%","c":"%4"}



=== TEST 18: query: right escapes beside bytes that are no UTF-8
--- function
module.exports = (req, res) => res.json(req.query);
--- request
GET /t?a=%E9%41
--- response_body chomp
{"a":"�A"}



=== TEST 19: query: keys without a value and empty keys
--- function
module.exports = (req, res) => res.json(req.query);
--- request
GET /t?a&=b&&c=&=d
--- response_body chomp
{"a":"","":["b","d"],"c":""}



=== TEST 20: query: names of Object.prototype are ordinary keys
--- function
module.exports = (req, res) => {
    const q = req.query;

    res.json([q, Object.keys(q), q.constructor, ({}).polluted ?? null,
              Object.getPrototypeOf(q) === Object.prototype]);
};
--- request
GET /t?__proto__=x&constructor=y&hasOwnProperty=z&toString=1
--- response_body chomp
[{"__proto__":"x","constructor":"y","hasOwnProperty":"z","toString":"1"},["__proto__","constructor","hasOwnProperty","toString"],"y",null,true]



=== TEST 21: query: at most 1,000 keys
--- function
module.exports = (req, res) => {
    res.json(Object.keys(req.query).length);
};
--- request
GET /t?k0&k1&k2&k3&k4&k5&k6&k7&k8&k9&k10&k11&k12&k13&k14&k15&k16&k17&k18&k19&k20&k21&k22&k23&k24&k25&k26&k27&k28&k29&k30&k31&k32&k33&k34&k35&k36&k37&k38&k39&k40&k41&k42&k43&k44&k45&k46&k47&k48&k49&k50&k51&k52&k53&k54&k55&k56&k57&k58&k59&k60&k61&k62&k63&k64&k65&k66&k67&k68&k69&k70&k71&k72&k73&k74&k75&k76&k77&k78&k79&k80&k81&k82&k83&k84&k85&k86&k87&k88&k89&k90&k91&k92&k93&k94&k95&k96&k97&k98&k99&k100&k101&k102&k103&k104&k105&k106&k107&k108&k109&k110&k111&k112&k113&k114&k115&k116&k117&k118&k119&k120&k121&k122&k123&k124&k125&k126&k127&k128&k129&k130&k131&k132&k133&k134&k135&k136&k137&k138&k139&k140&k141&k142&k143&k144&k145&k146&k147&k148&k149&k150&k151&k152&k153&k154&k155&k156&k157&k158&k159&k160&k161&k162&k163&k164&k165&k166&k167&k168&k169&k170&k171&k172&k173&k174&k175&k176&k177&k178&k179&k180&k181&k182&k183&k184&k185&k186&k187&k188&k189&k190&k191&k192&k193&k194&k195&k196&k197&k198&k199&k200&k201&k202&k203&k204&k205&k206&k207&k208&k209&k210&k211&k212&k213&k214&k215&k216&k217&k218&k219&k220&k221&k222&k223&k224&k225&k226&k227&k228&k229&k230&k231&k232&k233&k234&k235&k236&k237&k238&k239&k240&k241&k242&k243&k244&k245&k246&k247&k248&k249&k250&k251&k252&k253&k254&k255&k256&k257&k258&k259&k260&k261&k262&k263&k264&k265&k266&k267&k268&k269&k270&k271&k272&k273&k274&k275&k276&k277&k278&k279&k280&k281&k282&k283&k284&k285&k286&k287&k288&k289&k290&k291&k292&k293&k294&k295&k296&k297&k298&k299&k300&k301&k302&k303&k304&k305&k306&k307&k308&k309&k310&k311&k312&k313&k314&k315&k316&k317&k318&k319&k320&k321&k322&k323&k324&k325&k326&k327&k328&k329&k330&k331&k332&k333&k334&k335&k336&k337&k338&k339&k340&k341&k342&k343&k344&k345&k346&k347&k348&k349&k350&k351&k352&k353&k354&k355&k356&k357&k358&k359&k360&k361&k362&k363&k364&k365&k366&k367&k368&k369&k370&k371&k372&k373&k374&k375&k376&k377&k378&k379&k380&k381&k382&k383&k384&k385&k386&k387&k388&k389&k390&k391&k392&k393&k394&k395&k396&k397&k398&k399&k400&k401&k402&k403&k404&k405&k406&k407&k408&k409&k410&k411&k412&k413&k414&k415&k416&k417&k418&k419&k420&k421&k422&k423&k424&k425&k426&k427&k428&k429&k430&k431&k432&k433&k434&k435&k436&k437&k438&k439&k440&k441&k442&k443&k444&k445&k446&k447&k448&k449&k450&k451&k452&k453&k454&k455&k456&k457&k458&k459&k460&k461&k462&k463&k464&k465&k466&k467&k468&k469&k470&k471&k472&k473&k474&k475&k476&k477&k478&k479&k480&k481&k482&k483&k484&k485&k486&k487&k488&k489&k490&k491&k492&k493&k494&k495&k496&k497&k498&k499&k500&k501&k502&k503&k504&k505&k506&k507&k508&k509&k510&k511&k512&k513&k514&k515&k516&k517&k518&k519&k520&k521&k522&k523&k524&k525&k526&k527&k528&k529&k530&k531&k532&k533&k534&k535&k536&k537&k538&k539&k540&k541&k542&k543&k544&k545&k546&k547&k548&k549&k550&k551&k552&k553&k554&k555&k556&k557&k558&k559&k560&k561&k562&k563&k564&k565&k566&k567&k568&k569&k570&k571&k572&k573&k574&k575&k576&k577&k578&k579&k580&k581&k582&k583&k584&k585&k586&k587&k588&k589&k590&k591&k592&k593&k594&k595&k596&k597&k598&k599&k600&k601&k602&k603&k604&k605&k606&k607&k608&k609&k610&k611&k612&k613&k614&k615&k616&k617&k618&k619&k620&k621&k622&k623&k624&k625&k626&k627&k628&k629&k630&k631&k632&k633&k634&k635&k636&k637&k638&k639&k640&k641&k642&k643&k644&k645&k646&k647&k648&k649&k650&k651&k652&k653&k654&k655&k656&k657&k658&k659&k660&k661&k662&k663&k664&k665&k666&k667&k668&k669&k670&k671&k672&k673&k674&k675&k676&k677&k678&k679&k680&k681&k682&k683&k684&k685&k686&k687&k688&k689&k690&k691&k692&k693&k694&k695&k696&k697&k698&k699&k700&k701&k702&k703&k704&k705&k706&k707&k708&k709&k710&k711&k712&k713&k714&k715&k716&k717&k718&k719&k720&k721&k722&k723&k724&k725&k726&k727&k728&k729&k730&k731&k732&k733&k734&k735&k736&k737&k738&k739&k740&k741&k742&k743&k744&k745&k746&k747&k748&k749&k750&k751&k752&k753&k754&k755&k756&k757&k758&k759&k760&k761&k762&k763&k764&k765&k766&k767&k768&k769&k770&k771&k772&k773&k774&k775&k776&k777&k778&k779&k780&k781&k782&k783&k784&k785&k786&k787&k788&k789&k790&k791&k792&k793&k794&k795&k796&k797&k798&k799&k800&k801&k802&k803&k804&k805&k806&k807&k808&k809&k810&k811&k812&k813&k814&k815&k816&k817&k818&k819&k820&k821&k822&k823&k824&k825&k826&k827&k828&k829&k830&k831&k832&k833&k834&k835&k836&k837&k838&k839&k840&k841&k842&k843&k844&k845&k846&k847&k848&k849&k850&k851&k852&k853&k854&k855&k856&k857&k858&k859&k860&k861&k862&k863&k864&k865&k866&k867&k868&k869&k870&k871&k872&k873&k874&k875&k876&k877&k878&k879&k880&k881&k882&k883&k884&k885&k886&k887&k888&k889&k890&k891&k892&k893&k894&k895&k896&k897&k898&k899&k900&k901&k902&k903&k904&k905&k906&k907&k908&k909&k910&k911&k912&k913&k914&k915&k916&k917&k918&k919&k920&k921&k922&k923&k924&k925&k926&k927&k928&k929&k930&k931&k932&k933&k934&k935&k936&k937&k938&k939&k940&k941&k942&k943&k944&k945&k946&k947&k948&k949&k950&k951&k952&k953&k954&k955&k956&k957&k958&k959&k960&k961&k962&k963&k964&k965&k966&k967&k968&k969&k970&k971&k972&k973&k974&k975&k976&k977&k978&k979&k980&k981&k982&k983&k984&k985&k986&k987&k988&k989&k990&k991&k992&k993&k994&k995&k996&k997&k998&k999&k1000&k1001&k1002&k1003&k1004&k1005&k1006&k1007&k1008&k1009
--- response_body chomp
1000



=== TEST 22: query: none
--- function
module.exports = (req, res) => res.json([req.query, req.query.x === undefined]);
--- request
GET /t
--- response_body chomp
[{},true]



=== TEST 23: query follows a url that the function rewrites
--- function
module.exports = (req, res) => {
    const before = req.query;
    const same = before === req.query;

    req.url = '/other?b=2';
    res.json([before, same, req.query, req.path]);
};
--- request
GET /t/x?a=1
--- response_body chomp
[{"a":"1"},true,{"b":"2"},"/other"]



=== TEST 24: the query may be replaced
--- function
module.exports = (req, res) => {
    'use strict';
    req.query = { own: 1 };
    res.json(req.query);
};
--- request
GET /t?a=1
--- response_body chomp
{"own":1}



=== TEST 25: params: the id of the function
--- function
module.exports = (req, res) => {
    res.json([Object.keys(req.params), typeof req.params.functionId]);
};
--- request
GET /t
--- response_body chomp
[["functionId"],"string"]



=== TEST 26: params: those of the location
--- config
    location /t {
        invoke ./html/fn;
        invoke_param a 1;
        invoke_param b $request_method;
    }
--- function
module.exports = (req, res) => res.json({ a: req.params.a, b: req.params.b });
--- request
GET /t/x
--- response_body chomp
{"a":"1","b":"GET"}



=== TEST 27: headers have lower-case names
--- function
module.exports = (req, res) => res.json([req.headers['x-one'], req.headers['X-One'] ?? null]);
--- request
GET /t
--- more_headers
X-One: 1
--- response_body chomp
["1",null]



=== TEST 28: headers of the client, all of them
--- function
module.exports = (req, res) => res.json(req.headers);
--- request
GET /t
--- more_headers
X-A: b
Authorization: Bearer t
Accept: */*
--- response_body chomp
{"host":"localhost","connection":"close","x-a":"b","authorization":"Bearer t","accept":"*/*"}



=== TEST 29: repeated headers are joined
--- function
module.exports = (req, res) => res.json(req.headers['x-a']);
--- request
GET /t
--- more_headers
X-A: 1
X-A: 2
x-a: 3
--- response_body chomp
"1, 2, 3"



=== TEST 30: repeated Cookie headers are joined by semicolons
--- function
module.exports = (req, res) => res.json([req.headers.cookie, req.cookies]);
--- request
GET /t
--- more_headers
Cookie: a=1
Cookie: b=2
--- response_body chomp
["a=1; b=2",{"a":"1","b":"2"}]



=== TEST 31: of some headers the first one counts
--- function
module.exports = (req, res) => res.json([req.headers['user-agent'], req.headers.referer]);
--- request
GET /t
--- more_headers
User-Agent: a
User-Agent: b
Referer: c
Referer: d
--- response_body chomp
["a","c"]



=== TEST 32: headers with names of Object.prototype
--- function
module.exports = (req, res) => {
    res.json([req.headers.constructor, Object.keys(req.headers).sort()]);
};
--- request
GET /t
--- more_headers
Constructor: x
--- response_body chomp
["x",["connection","constructor","host"]]



=== TEST 33: headers are Latin-1
--- function
module.exports = (req, res) => {
    res.json(encodeURIComponent(req.get('X-A')));
};
--- request
GET /t
--- more_headers
X-A: é
--- response_body chomp
"%C3%83%C2%A9"



=== TEST 34: rawHeaders
--- function
module.exports = (req, res) => res.json(req.rawHeaders);
--- request
GET /t
--- more_headers
X-A: 1
X-B: 2
X-A: 3
--- response_body chomp
["host","localhost","connection","close","x-a","1","x-b","2","x-a","3"]



=== TEST 35: headersDistinct
--- function
module.exports = (req, res) => res.json([req.headersDistinct['x-a'], req.headersDistinct.host]);
--- request
GET /t
--- more_headers
X-A: 1
X-A: 2
--- response_body chomp
[["1","2"],["localhost"]]



=== TEST 36: get() and header() ignore the case
--- function
module.exports = (req, res) => {
    res.json([req.get('x-a'), req.get('X-A'), req.header('X-a'),
              req.get('nope') ?? null, req.get('Referer'),
              req.get('Referrer')]);
};
--- request
GET /t
--- more_headers
X-A: v
Referer: http://r/
--- response_body chomp
["v","v","v",null,"http://r/","http://r/"]



=== TEST 37: get() needs a name
--- function
module.exports = (req, res) => {
    const errors = [];

    for (const name of [undefined, '', 5]) {
        try {
            req.get(name);
        } catch (e) {
            errors.push(e.name + ': ' + e.message);
        }
    }

    res.json(errors);
};
--- request
GET /t
--- response_body chomp
["TypeError: name argument is required to req.get","TypeError: name argument is required to req.get","TypeError: name must be a string to req.get"]



=== TEST 38: cookies
--- function
module.exports = (req, res) => res.json(req.cookies);
--- request
GET /t
--- more_headers
Cookie: a=1; b="q r"; c=x%20y; d=%zz; e; =f; g=h=i; a=second
--- response_body chomp
{"a":"1","b":"q r","c":"x y","d":"%zz","g":"h=i"}



=== TEST 39: cookies: none
--- function
module.exports = (req, res) => res.json([req.cookies, req.signedCookies]);
--- request
GET /t
--- response_body chomp
[{},{}]



=== TEST 40: cookies: names of Object.prototype
--- function
module.exports = (req, res) => res.json([Object.keys(req.cookies), ({}).x ?? null]);
--- request
GET /t
--- more_headers
Cookie: __proto__=1; constructor=2; toString=3
--- response_body chomp
[["__proto__","constructor","toString"],null]



=== TEST 41: ip, ips, protocol, secure, xhr
--- function
module.exports = (req, res) => res.json([req.ip, req.ips, req.protocol, req.secure, req.xhr]);
--- request
GET /t
--- response_body chomp
["127.0.0.1",[],"http",false,false]



=== TEST 42: xhr
--- function
module.exports = (req, res) => res.json(req.xhr);
--- request
GET /t
--- more_headers
X-Requested-With: xmlhttprequest
--- response_body chomp
true



=== TEST 43: hostname and host
--- function
module.exports = (req, res) => res.json([req.hostname, req.host, req.subdomains]);
--- request
GET /t
--- more_headers
Host: a.b.example.com:8080
--- response_body chomp
["a.b.example.com","a.b.example.com:8080",["b","a"]]



=== TEST 44: hostname: an IPv6 address
--- function
module.exports = (req, res) => res.json([req.hostname, req.host, req.subdomains]);
--- request
GET /t
--- more_headers
Host: [::1]:8080
--- response_body chomp
["[::1]","[::1]:8080",[]]



=== TEST 45: hostname: an IPv4 address
--- function
module.exports = (req, res) => res.json([req.hostname, req.subdomains]);
--- request
GET /t
--- more_headers
Host: 127.0.0.1
--- response_body chomp
["127.0.0.1",[]]



=== TEST 46: HTTP version
--- function
module.exports = (req, res) => res.json([req.httpVersion, req.httpVersionMajor, req.httpVersionMinor]);
--- request
GET /t
--- response_body chomp
["1.1",1,1]



=== TEST 47: socket
--- function
module.exports = (req, res) => res.json([req.socket.remoteAddress, req.socket.remoteFamily, req.socket.encrypted, req.connection === req.socket]);
--- request
GET /t
--- response_body chomp
["127.0.0.1","IPv4",false,true]



=== TEST 48: accepts: the best of what is offered
--- function
module.exports = (req, res) => {
    res.json([req.accepts('html'), req.accepts('json'),
              req.accepts(['json', 'html']), req.accepts('json', 'html'),
              req.accepts('text/html', 'application/json'),
              req.accepts('png'), req.accepts('unknown-thing'),
              req.accepts()]);
};
--- request
GET /t
--- more_headers
Accept: text/html;q=0.9, application/json;q=0.5
--- response_body chomp
["html","json","html","html","text/html",false,false,["text/html","application/json"]]



=== TEST 49: accepts: wildcards match
--- function
module.exports = (req, res) => {
    res.json([req.accepts('html'), req.accepts('json'), req.accepts('png'),
              req.accepts('json', 'html')]);
};
--- request
GET /t
--- more_headers
Accept: text/*, */*;q=0.1
--- response_body chomp
["html","json","png","html"]



=== TEST 50: accepts: without the header all is accepted
--- function
module.exports = (req, res) => res.json([req.accepts('json'), req.accepts('a/b', 'json'), req.accepts()]);
--- request
GET /t
--- response_body chomp
["json","a/b",["*/*"]]



=== TEST 51: accepts: q=0 refuses
--- function
module.exports = (req, res) => res.json([req.accepts('html'), req.accepts('json')]);
--- request
GET /t
--- more_headers
Accept: text/html;q=0, */*
--- response_body chomp
[false,"json"]



=== TEST 52: accepts: parameters
--- function
module.exports = (req, res) => res.json([req.accepts('text/html'), req.accepts('text/html;level=1')]);
--- request
GET /t
--- more_headers
Accept: text/html;level=1
--- response_body chomp
[false,"text/html;level=1"]



=== TEST 53: acceptsEncodings
--- function
module.exports = (req, res) => {
    res.json([req.acceptsEncodings(), req.acceptsEncodings('br'),
              req.acceptsEncodings('deflate', 'gzip'),
              req.acceptsEncodings('identity')]);
};
--- request
GET /t
--- more_headers
Accept-Encoding: gzip, deflate;q=0.5
--- response_body chomp
[["gzip","deflate","identity"],false,"gzip","identity"]



=== TEST 54: acceptsCharsets
--- function
module.exports = (req, res) => res.json([req.acceptsCharsets(), req.acceptsCharsets('utf-8', 'iso-8859-1'), req.acceptsCharsets('koi8-r')]);
--- request
GET /t
--- more_headers
Accept-Charset: iso-8859-1, UTF-8;q=0.5
--- response_body chomp
[["iso-8859-1","UTF-8"],"iso-8859-1",false]



=== TEST 55: acceptsLanguages
--- function
module.exports = (req, res) => {
    res.json([req.acceptsLanguages(), req.acceptsLanguages('en', 'de'),
              req.acceptsLanguages('de-AT'), req.acceptsLanguages('fr')]);
};
--- request
GET /t
--- more_headers
Accept-Language: de-AT, de;q=0.8, en;q=0.5
--- response_body chomp
[["de-AT","de","en"],"de","de-AT",false]



=== TEST 56: is
--- function
module.exports = (req, res) => {
    res.json([req.is('json'), req.is('application/json'), req.is('html'),
              req.is('application/*'), req.is('*/json'), req.is('*/*'),
              req.is(['html', 'json']), req.is('html', 'json'),
              req.is('nope'), req.is('text/*')]);
};
--- request
POST /t
{}
--- more_headers
Content-Type: application/json; charset=utf-8
--- response_body chomp
["application/json","application/json",false,"application/*","*/json","*/*","application/json","application/json",false,false]



=== TEST 57: is: without a content type
--- function
module.exports = (req, res) => res.json([req.is('json'), req.is('*/*')]);
--- request
GET /t
--- response_body chomp
[false,false]



=== TEST 58: is: suffixes, forms
--- function
module.exports = (req, res) => res.json([req.is('+json'), req.is('*/*+json'), req.is('application/*+json'), req.is('+xml')]);
--- request
POST /t
{}
--- more_headers
Content-Type: application/vnd.x+json
--- response_body chomp
["*/*+json","*/*+json","application/*+json",false]



=== TEST 59: is: urlencoded
--- function
module.exports = (req, res) => res.json([req.is('urlencoded'), req.is('multipart')]);
--- request
POST /t
a=1
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
["application/x-www-form-urlencoded",false]



=== TEST 60: range
--- function
module.exports = (req, res) => {
    const list = req.range(100);

    res.json([list, list.type]);
};
--- request
GET /t
--- more_headers
Range: bytes=0-4, 90-, -3
--- response_body chomp
[[{"start":0,"end":4},{"start":90,"end":99},{"start":97,"end":99}],"bytes"]



=== TEST 61: range: combined
--- function
module.exports = (req, res) => res.json(req.range(100, { combine: true }));
--- request
GET /t
--- more_headers
Range: bytes=10-20,0-5,6-9,50-60
--- response_body chomp
[{"start":0,"end":20},{"start":50,"end":60}]



=== TEST 62: range: nothing that can be given, malformed, none
--- function
module.exports = (req, res) => res.json([req.range(5), (delete req.headers.range, req.range(5)) ?? null]);
--- request
GET /t
--- more_headers
Range: bytes=10-20
--- response_body chomp
[-1,null]



=== TEST 63: range: malformed
--- function
module.exports = (req, res) => res.json(req.range(5));
--- request
GET /t
--- more_headers
Range: bytes
--- response_body chomp
-2



=== TEST 64: fresh and stale
--- function
module.exports = (req, res) => {
    const result = [req.fresh, req.stale];

    res.set('ETag', '"a"');
    result.push(req.fresh, req.stale);
    res.set('ETag', '"b"');
    result.push(req.fresh);
    res.removeHeader('ETag');
    res.json(result);
};
--- request
GET /t
--- more_headers
If-None-Match: W/"a"
--- response_body chomp
[false,true,true,false,false]



=== TEST 65: param()
--- config
    location /t {
        invoke ./html/fn;
        invoke_param p param;
    }
--- function
module.exports = (req, res) => {
    res.json([req.param('p'), req.param('q'), req.param('b'),
              req.param('none', 'default'), req.param('toString') ?? null]);
};
--- request
POST /t?q=query&p=query
{"b":"body","q":"body"}
--- more_headers
Content-Type: application/json
--- response_body chomp
["param","query","body","default",null]



=== TEST 66: a function may set what it likes on req
--- function
module.exports = (req, res) => {
    'use strict';
    req.user = { name: 'x' };
    req.params = { own: 1 };
    req.cookies = { c: 1 };
    req.body = 'b';
    req.headers = { h: 1 };
    req.baseUrl = '/base';
    req.originalUrl = '/o';
    res.json([req.user, req.params, req.cookies, req.body, req.headers,
              req.baseUrl, req.originalUrl]);
};
--- request
GET /t
--- response_body chomp
[{"name":"x"},{"own":1},{"c":1},"b",{"h":1},"/base","/o"]



=== TEST 67: what is read twice is the same object
--- function
module.exports = (req, res) => res.json([req.headers === req.headers, req.params === req.params, req.cookies === req.cookies, req.body === req.body]);
--- request
GET /t
--- response_body chomp
[true,true,true,true]



=== TEST 68: req.res and res.req
--- function
module.exports = (req, res) => res.json([req.res === res, res.req === req]);
--- request
GET /t
--- response_body chomp
[true,true]



=== TEST 69: req and res cannot be made
--- function
module.exports = (req, res) => {
    const errors = [];

    for (const object of [req, res]) {
        for (const argument of [undefined, {}, { id: 1 }, 1]) {
            try {
                new object.constructor(argument, 'GET', '/');
                errors.push('made');
            } catch (e) {
                errors.push(e.message);
            }
        }
    }

    res.json([...new Set(errors)]);
};
--- request
GET /t
--- response_body chomp
["Illegal constructor"]



=== TEST 70: the environment that a request came in does not pass to the next
--- function
let count = 0;

module.exports = (req, res) => {
    globalThis.count = (globalThis.count ?? 0) + 1;
    res.json([++count, globalThis.count, req.query]);
};
--- request eval
["GET /t?a=1",
 "GET /t?b=2"]
--- response_body eval
["[1,1,{\"a\":\"1\"}]",
 "[1,1,{\"b\":\"2\"}]"]



=== TEST 71: with isolation "function" the module lives on, requests do not mix
--- config
    location /t {
        invoke ./html/fn;
        invoke_isolation function;
    }
--- function
let count = 0;

module.exports = (req, res) => {
    res.json([++count, req.query, req.headers.host]);
};
--- request eval
["GET /t?a=1",
 "GET /t?b=2",
 "GET /t"]
--- response_body eval
["[1,{\"a\":\"1\"},\"localhost\"]",
 "[2,{\"b\":\"2\"},\"localhost\"]",
 "[3,{},\"localhost\"]"]
