# req.body and req.rawBody.

use TestInvoke 'no_plan';

run_tests();

__DATA__

=== TEST 1: JSON object
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":[1,2,{"b":null}],"c":"é"}
--- more_headers
Content-Type: application/json
--- response_body chomp
{"a":[1,2,{"b":null}],"c":"é"}



=== TEST 2: JSON array
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
[1,"a"]
--- more_headers
Content-Type: application/json
--- response_body chomp
[1,"a"]



=== TEST 3: JSON of any method
--- function
module.exports = (req, res) => res.json(req.body);
--- request
PUT /t
{"a":1}
--- more_headers
Content-Type: application/json
--- response_body chomp
{"a":1}



=== TEST 4: JSON with a charset
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":1}
--- more_headers
Content-Type: Application/JSON; charset="UTF-8"
--- response_body chomp
{"a":1}



=== TEST 5: JSON of a structured suffix
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":1}
--- more_headers
Content-Type: application/vnd.api+json
--- response_body chomp
{"a":1}



=== TEST 6: JSON with white space around it
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
  {"a" : 1}
--- more_headers
Content-Type: application/json
--- response_body chomp
{"a":1}



=== TEST 7: JSON: keys named as those of Object.prototype
--- function
module.exports = (req, res) => res.json([Object.keys(req.body), ({}).x ?? null]);
--- request
POST /t
{"__proto__":{"x":1},"constructor":2}
--- more_headers
Content-Type: application/json
--- response_body chomp
[["__proto__","constructor"],null]



=== TEST 8: empty body with a JSON type
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
--- more_headers
Content-Type: application/json
Content-Length: 0
--- response_body chomp
{}



=== TEST 9: no body at all
--- function
module.exports = (req, res) => res.json([req.body, req.rawBody.length]);
--- request
GET /t
--- more_headers
Content-Type: application/json
--- response_body chomp
[{},0]



=== TEST 10: malformed JSON is a 400 that names the place: a comma too many
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":1,}
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"Unexpected token \} in JSON at position 7 \(line 1 column 8\)
--- error_log
bad_request



=== TEST 11: malformed JSON is a 400 that names the place: the end is missing
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":[1,2
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"Unexpected end of JSON input at position 9 \(line 1 column 10\)
--- error_log
bad_request



=== TEST 12: malformed JSON is a 400 that names the place: on a later line
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{
  "a": 1,
  b: 2
}
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"Unexpected token b in JSON at position 14 \(line 3 column 3\)
--- error_log
bad_request



=== TEST 13: malformed JSON is a 400 that names the place: no JSON
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
<xml/>
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"Unexpected token < in JSON at position 0 \(line 1 column 1\)
--- error_log
bad_request



=== TEST 14: malformed JSON is a 400 that names the place: text after the end
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":1} x
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"Unexpected token x in JSON at position 8 \(line 1 column 9\)
--- error_log
bad_request



=== TEST 15: malformed JSON is a 400 that names the place: a bad literal
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":tru}
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"Unexpected token \} in JSON at position 8 \(line 1 column 9\)
--- error_log
bad_request



=== TEST 16: malformed JSON is a 400 that names the place: a single quote
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{'a':1}
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"Unexpected token ' in JSON at position 1 \(line 1 column 2\)
--- error_log
bad_request



=== TEST 17: malformed JSON is a 400 that names the place: an open string
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{"a":"x
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"Unexpected end of JSON input at position 7 \(line 1 column 8\)
--- error_log
bad_request



=== TEST 18: JSON that is no object: 5
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
5
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"Unexpected token 5 in JSON at position 0 \(line 1 column 1\)
--- error_log
bad_request



=== TEST 19: JSON that is no object: "x"
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
"x"
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"Unexpected token \\" in JSON at position 0 \(line 1 column 1\)
--- error_log
bad_request



=== TEST 20: JSON that is no object: null
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
null
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"Unexpected token n in JSON at position 0 \(line 1 column 1\)
--- error_log
bad_request



=== TEST 21: JSON that is no object: true
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
true
--- more_headers
Content-Type: application/json
--- error_code: 400
--- response_body_like chomp
"message":"Unexpected token t in JSON at position 0 \(line 1 column 1\)
--- error_log
bad_request



=== TEST 22: malformed JSON that nobody reads does no harm
--- function
module.exports = (req, res) => res.send('fine');
--- request
POST /t
{bad
--- more_headers
Content-Type: application/json
--- response_body chomp
fine



=== TEST 23: the error may be caught, and the raw body read
--- function
module.exports = (req, res) => {
    try {
        res.json(req.body);
    } catch (e) {
        res.status(422).json([e instanceof SyntaxError, e.name, e.message,
                              e.status, e.type, e.body,
                              req.rawBody.length]);
    }
};
--- request
POST /t
{bad
--- more_headers
Content-Type: application/json
--- error_code: 422
--- response_body chomp
[true,"SyntaxError","Unexpected token b in JSON at position 1 (line 1 column 2)",400,"entity.parse.failed","{bad",4]



=== TEST 24: an error of the same name that the function makes is an exception
--- function
module.exports = () => {
    const e = new Error('own');

    e.code = 'bad_request';
    e.status = 400;
    throw e;
};
--- request
GET /t
--- error_code: 500
--- response_body_like chomp
"message":"own","error":\{"code":"exception"
--- error_log
exception: Error: own



=== TEST 25: charset that JSON cannot have is a 415
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
{}
--- more_headers
Content-Type: application/json; charset=latin1
--- error_code: 415
--- response_body_like chomp
"message":"unsupported charset \\"LATIN1\\"","error":\{"code":"bad_request"
--- error_log
unsupported charset



=== TEST 26: unknown charset of a text is a 415
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
x
--- more_headers
Content-Type: text/plain; charset=klingon
--- error_code: 415
--- response_body_like chomp
"message":"unsupported charset \\"KLINGON\\""
--- error_log
unsupported charset



=== TEST 27: compressed body is a 415
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
x
--- more_headers
Content-Type: application/json
Content-Encoding: gzip
--- error_code: 415
--- response_body_like chomp
unsupported content encoding \\"gzip\\"
--- error_log
unsupported content encoding



=== TEST 28: form
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a=1&b=x+y&c=%C3%A9&d=&e
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
{"a":"1","b":"x y","c":"é","d":"","e":""}



=== TEST 29: form: a repeated name is an array
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a=1&a=2&a=3
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
{"a":["1","2","3"]}



=== TEST 30: form: nesting
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a[]=1&a[]=2&c[d]=1&c[e][f]=2&g[0]=x&g[1]=y&h%5Bi%5D=z
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
{"a":["1","2"],"c":{"d":"1","e":{"f":"2"}},"g":["x","y"],"h":{"i":"z"}}



=== TEST 31: form: arrays of objects, holes
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a[0][b]=1&a[0][c]=2&a[2][b]=3&d[5]=x&d[3]=y
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
{"a":[{"b":"1","c":"2"},{"b":"3"}],"d":["y","x"]}



=== TEST 32: form: indexes beyond the limit are keys
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a[100]=x&a[1]=y
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
{"a":{"1":"y","100":"x"}}



=== TEST 33: form: mixed uses of a name
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a=1&a[b]=2&c[d]=1&c=2&e[]=1&e[x]=2
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
{"a":["1",{"b":"2"}],"c":[{"d":"1"},"2"],"e":{"0":"1","x":"2"}}



=== TEST 34: form: wrong escapes stay as they are
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a=%zz&b=%E9
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
{"a":"%zz","b":"%E9"}



=== TEST 35: form: names of Object.prototype
--- function
module.exports = (req, res) => res.json([Object.keys(req.body), req.body.toString, ({}).x ?? null, ({}).y ?? null]);
--- request
POST /t
__proto__[x]=1&a[__proto__][y]=1&toString=2
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- response_body chomp
[["a","toString"],"2",null,null]



=== TEST 36: form: Latin-1
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a=%E9
--- more_headers
Content-Type: application/x-www-form-urlencoded; charset=iso-8859-1
--- response_body chomp
{"a":"é"}



=== TEST 37: form: other charsets are a 415
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a=1
--- more_headers
Content-Type: application/x-www-form-urlencoded; charset=utf-16
--- error_code: 415
--- response_body_like chomp
unsupported charset \\"UTF-16\\"
--- error_log
unsupported charset



=== TEST 38: form: too deep
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a[b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b][b]=1
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code: 400
--- response_body_like chomp
The input exceeded the depth
--- error_log
bad_request



=== TEST 39: form: too many parameters
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
a0=1&a1=1&a2=1&a3=1&a4=1&a5=1&a6=1&a7=1&a8=1&a9=1&a10=1&a11=1&a12=1&a13=1&a14=1&a15=1&a16=1&a17=1&a18=1&a19=1&a20=1&a21=1&a22=1&a23=1&a24=1&a25=1&a26=1&a27=1&a28=1&a29=1&a30=1&a31=1&a32=1&a33=1&a34=1&a35=1&a36=1&a37=1&a38=1&a39=1&a40=1&a41=1&a42=1&a43=1&a44=1&a45=1&a46=1&a47=1&a48=1&a49=1&a50=1&a51=1&a52=1&a53=1&a54=1&a55=1&a56=1&a57=1&a58=1&a59=1&a60=1&a61=1&a62=1&a63=1&a64=1&a65=1&a66=1&a67=1&a68=1&a69=1&a70=1&a71=1&a72=1&a73=1&a74=1&a75=1&a76=1&a77=1&a78=1&a79=1&a80=1&a81=1&a82=1&a83=1&a84=1&a85=1&a86=1&a87=1&a88=1&a89=1&a90=1&a91=1&a92=1&a93=1&a94=1&a95=1&a96=1&a97=1&a98=1&a99=1&a100=1&a101=1&a102=1&a103=1&a104=1&a105=1&a106=1&a107=1&a108=1&a109=1&a110=1&a111=1&a112=1&a113=1&a114=1&a115=1&a116=1&a117=1&a118=1&a119=1&a120=1&a121=1&a122=1&a123=1&a124=1&a125=1&a126=1&a127=1&a128=1&a129=1&a130=1&a131=1&a132=1&a133=1&a134=1&a135=1&a136=1&a137=1&a138=1&a139=1&a140=1&a141=1&a142=1&a143=1&a144=1&a145=1&a146=1&a147=1&a148=1&a149=1&a150=1&a151=1&a152=1&a153=1&a154=1&a155=1&a156=1&a157=1&a158=1&a159=1&a160=1&a161=1&a162=1&a163=1&a164=1&a165=1&a166=1&a167=1&a168=1&a169=1&a170=1&a171=1&a172=1&a173=1&a174=1&a175=1&a176=1&a177=1&a178=1&a179=1&a180=1&a181=1&a182=1&a183=1&a184=1&a185=1&a186=1&a187=1&a188=1&a189=1&a190=1&a191=1&a192=1&a193=1&a194=1&a195=1&a196=1&a197=1&a198=1&a199=1&a200=1&a201=1&a202=1&a203=1&a204=1&a205=1&a206=1&a207=1&a208=1&a209=1&a210=1&a211=1&a212=1&a213=1&a214=1&a215=1&a216=1&a217=1&a218=1&a219=1&a220=1&a221=1&a222=1&a223=1&a224=1&a225=1&a226=1&a227=1&a228=1&a229=1&a230=1&a231=1&a232=1&a233=1&a234=1&a235=1&a236=1&a237=1&a238=1&a239=1&a240=1&a241=1&a242=1&a243=1&a244=1&a245=1&a246=1&a247=1&a248=1&a249=1&a250=1&a251=1&a252=1&a253=1&a254=1&a255=1&a256=1&a257=1&a258=1&a259=1&a260=1&a261=1&a262=1&a263=1&a264=1&a265=1&a266=1&a267=1&a268=1&a269=1&a270=1&a271=1&a272=1&a273=1&a274=1&a275=1&a276=1&a277=1&a278=1&a279=1&a280=1&a281=1&a282=1&a283=1&a284=1&a285=1&a286=1&a287=1&a288=1&a289=1&a290=1&a291=1&a292=1&a293=1&a294=1&a295=1&a296=1&a297=1&a298=1&a299=1&a300=1&a301=1&a302=1&a303=1&a304=1&a305=1&a306=1&a307=1&a308=1&a309=1&a310=1&a311=1&a312=1&a313=1&a314=1&a315=1&a316=1&a317=1&a318=1&a319=1&a320=1&a321=1&a322=1&a323=1&a324=1&a325=1&a326=1&a327=1&a328=1&a329=1&a330=1&a331=1&a332=1&a333=1&a334=1&a335=1&a336=1&a337=1&a338=1&a339=1&a340=1&a341=1&a342=1&a343=1&a344=1&a345=1&a346=1&a347=1&a348=1&a349=1&a350=1&a351=1&a352=1&a353=1&a354=1&a355=1&a356=1&a357=1&a358=1&a359=1&a360=1&a361=1&a362=1&a363=1&a364=1&a365=1&a366=1&a367=1&a368=1&a369=1&a370=1&a371=1&a372=1&a373=1&a374=1&a375=1&a376=1&a377=1&a378=1&a379=1&a380=1&a381=1&a382=1&a383=1&a384=1&a385=1&a386=1&a387=1&a388=1&a389=1&a390=1&a391=1&a392=1&a393=1&a394=1&a395=1&a396=1&a397=1&a398=1&a399=1&a400=1&a401=1&a402=1&a403=1&a404=1&a405=1&a406=1&a407=1&a408=1&a409=1&a410=1&a411=1&a412=1&a413=1&a414=1&a415=1&a416=1&a417=1&a418=1&a419=1&a420=1&a421=1&a422=1&a423=1&a424=1&a425=1&a426=1&a427=1&a428=1&a429=1&a430=1&a431=1&a432=1&a433=1&a434=1&a435=1&a436=1&a437=1&a438=1&a439=1&a440=1&a441=1&a442=1&a443=1&a444=1&a445=1&a446=1&a447=1&a448=1&a449=1&a450=1&a451=1&a452=1&a453=1&a454=1&a455=1&a456=1&a457=1&a458=1&a459=1&a460=1&a461=1&a462=1&a463=1&a464=1&a465=1&a466=1&a467=1&a468=1&a469=1&a470=1&a471=1&a472=1&a473=1&a474=1&a475=1&a476=1&a477=1&a478=1&a479=1&a480=1&a481=1&a482=1&a483=1&a484=1&a485=1&a486=1&a487=1&a488=1&a489=1&a490=1&a491=1&a492=1&a493=1&a494=1&a495=1&a496=1&a497=1&a498=1&a499=1&a500=1&a501=1&a502=1&a503=1&a504=1&a505=1&a506=1&a507=1&a508=1&a509=1&a510=1&a511=1&a512=1&a513=1&a514=1&a515=1&a516=1&a517=1&a518=1&a519=1&a520=1&a521=1&a522=1&a523=1&a524=1&a525=1&a526=1&a527=1&a528=1&a529=1&a530=1&a531=1&a532=1&a533=1&a534=1&a535=1&a536=1&a537=1&a538=1&a539=1&a540=1&a541=1&a542=1&a543=1&a544=1&a545=1&a546=1&a547=1&a548=1&a549=1&a550=1&a551=1&a552=1&a553=1&a554=1&a555=1&a556=1&a557=1&a558=1&a559=1&a560=1&a561=1&a562=1&a563=1&a564=1&a565=1&a566=1&a567=1&a568=1&a569=1&a570=1&a571=1&a572=1&a573=1&a574=1&a575=1&a576=1&a577=1&a578=1&a579=1&a580=1&a581=1&a582=1&a583=1&a584=1&a585=1&a586=1&a587=1&a588=1&a589=1&a590=1&a591=1&a592=1&a593=1&a594=1&a595=1&a596=1&a597=1&a598=1&a599=1&a600=1&a601=1&a602=1&a603=1&a604=1&a605=1&a606=1&a607=1&a608=1&a609=1&a610=1&a611=1&a612=1&a613=1&a614=1&a615=1&a616=1&a617=1&a618=1&a619=1&a620=1&a621=1&a622=1&a623=1&a624=1&a625=1&a626=1&a627=1&a628=1&a629=1&a630=1&a631=1&a632=1&a633=1&a634=1&a635=1&a636=1&a637=1&a638=1&a639=1&a640=1&a641=1&a642=1&a643=1&a644=1&a645=1&a646=1&a647=1&a648=1&a649=1&a650=1&a651=1&a652=1&a653=1&a654=1&a655=1&a656=1&a657=1&a658=1&a659=1&a660=1&a661=1&a662=1&a663=1&a664=1&a665=1&a666=1&a667=1&a668=1&a669=1&a670=1&a671=1&a672=1&a673=1&a674=1&a675=1&a676=1&a677=1&a678=1&a679=1&a680=1&a681=1&a682=1&a683=1&a684=1&a685=1&a686=1&a687=1&a688=1&a689=1&a690=1&a691=1&a692=1&a693=1&a694=1&a695=1&a696=1&a697=1&a698=1&a699=1&a700=1&a701=1&a702=1&a703=1&a704=1&a705=1&a706=1&a707=1&a708=1&a709=1&a710=1&a711=1&a712=1&a713=1&a714=1&a715=1&a716=1&a717=1&a718=1&a719=1&a720=1&a721=1&a722=1&a723=1&a724=1&a725=1&a726=1&a727=1&a728=1&a729=1&a730=1&a731=1&a732=1&a733=1&a734=1&a735=1&a736=1&a737=1&a738=1&a739=1&a740=1&a741=1&a742=1&a743=1&a744=1&a745=1&a746=1&a747=1&a748=1&a749=1&a750=1&a751=1&a752=1&a753=1&a754=1&a755=1&a756=1&a757=1&a758=1&a759=1&a760=1&a761=1&a762=1&a763=1&a764=1&a765=1&a766=1&a767=1&a768=1&a769=1&a770=1&a771=1&a772=1&a773=1&a774=1&a775=1&a776=1&a777=1&a778=1&a779=1&a780=1&a781=1&a782=1&a783=1&a784=1&a785=1&a786=1&a787=1&a788=1&a789=1&a790=1&a791=1&a792=1&a793=1&a794=1&a795=1&a796=1&a797=1&a798=1&a799=1&a800=1&a801=1&a802=1&a803=1&a804=1&a805=1&a806=1&a807=1&a808=1&a809=1&a810=1&a811=1&a812=1&a813=1&a814=1&a815=1&a816=1&a817=1&a818=1&a819=1&a820=1&a821=1&a822=1&a823=1&a824=1&a825=1&a826=1&a827=1&a828=1&a829=1&a830=1&a831=1&a832=1&a833=1&a834=1&a835=1&a836=1&a837=1&a838=1&a839=1&a840=1&a841=1&a842=1&a843=1&a844=1&a845=1&a846=1&a847=1&a848=1&a849=1&a850=1&a851=1&a852=1&a853=1&a854=1&a855=1&a856=1&a857=1&a858=1&a859=1&a860=1&a861=1&a862=1&a863=1&a864=1&a865=1&a866=1&a867=1&a868=1&a869=1&a870=1&a871=1&a872=1&a873=1&a874=1&a875=1&a876=1&a877=1&a878=1&a879=1&a880=1&a881=1&a882=1&a883=1&a884=1&a885=1&a886=1&a887=1&a888=1&a889=1&a890=1&a891=1&a892=1&a893=1&a894=1&a895=1&a896=1&a897=1&a898=1&a899=1&a900=1&a901=1&a902=1&a903=1&a904=1&a905=1&a906=1&a907=1&a908=1&a909=1&a910=1&a911=1&a912=1&a913=1&a914=1&a915=1&a916=1&a917=1&a918=1&a919=1&a920=1&a921=1&a922=1&a923=1&a924=1&a925=1&a926=1&a927=1&a928=1&a929=1&a930=1&a931=1&a932=1&a933=1&a934=1&a935=1&a936=1&a937=1&a938=1&a939=1&a940=1&a941=1&a942=1&a943=1&a944=1&a945=1&a946=1&a947=1&a948=1&a949=1&a950=1&a951=1&a952=1&a953=1&a954=1&a955=1&a956=1&a957=1&a958=1&a959=1&a960=1&a961=1&a962=1&a963=1&a964=1&a965=1&a966=1&a967=1&a968=1&a969=1&a970=1&a971=1&a972=1&a973=1&a974=1&a975=1&a976=1&a977=1&a978=1&a979=1&a980=1&a981=1&a982=1&a983=1&a984=1&a985=1&a986=1&a987=1&a988=1&a989=1&a990=1&a991=1&a992=1&a993=1&a994=1&a995=1&a996=1&a997=1&a998=1&a999=1&a1000=1
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- error_code: 400
--- response_body_like chomp
too many parameters
--- error_log
bad_request



=== TEST 40: form: empty
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
--- more_headers
Content-Type: application/x-www-form-urlencoded
Content-Length: 0
--- response_body chomp
{}



=== TEST 41: text is a string
--- function
module.exports = (req, res) => res.json([req.body, typeof req.body]);
--- request
POST /t
héllo
--- more_headers
Content-Type: text/plain
--- response_body chomp
["héllo","string"]



=== TEST 42: HTML is a string
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
<b>x</b>
--- more_headers
Content-Type: text/html; charset=utf-8
--- response_body chomp
"<b>x</b>"



=== TEST 43: text in Latin-1
--- function
module.exports = (req, res) => res.json([req.body.length, encodeURIComponent(req.body)]);
--- request
POST /t
é
--- more_headers
Content-Type: text/plain; charset=ISO-8859-1
--- response_body chomp
[2,"%C3%83%C2%A9"]



=== TEST 44: empty text
--- function
module.exports = (req, res) => res.json([req.body, typeof req.body]);
--- request
POST /t
--- more_headers
Content-Type: text/plain
Content-Length: 0
--- response_body chomp
["","string"]



=== TEST 45: other types are bytes
--- function
module.exports = (req, res) => res.json([req.body instanceof Uint8Array, [...req.body], req.body === req.rawBody]);
--- request
POST /t
abé
--- more_headers
Content-Type: application/octet-stream
--- response_body chomp
[true,[97,98,195,169],true]



=== TEST 46: multipart is bytes
--- function
module.exports = (req, res) => res.json([req.body instanceof Uint8Array, req.body.length]);
--- request
POST /t
--x--
--- more_headers
Content-Type: multipart/form-data; boundary=x
--- response_body chomp
[true,5]



=== TEST 47: a body without a type is bytes
--- function
module.exports = (req, res) => res.json([req.body instanceof Uint8Array, req.body.length]);
--- request
POST /t
abc
--- response_body chomp
[true,3]



=== TEST 48: rawBody beside a parsed body
--- function
module.exports = (req, res) => res.json([req.body, [...req.rawBody]]);
--- request
POST /t
{"a":1}
--- more_headers
Content-Type: application/json
--- response_body chomp
[{"a":1},[123,34,97,34,58,49,125]]



=== TEST 49: a byte order mark is dropped
--- function
module.exports = (req, res) => {
    res.json([req.body, req.rawBody.length]);
};
--- request
POST /t
﻿{"a":1}
--- more_headers
Content-Type: application/json
--- response_body chomp
[{"a":1},10]



=== TEST 50: a body that nginx keeps in a file
--- config
    location /t {
        invoke ./html/fn;
        client_body_in_file_only clean;
    }
--- function
module.exports = (req, res) => res.json([req.body.a, req.rawBody.length]);
--- request
POST /t
{"a":"in a file"}
--- more_headers
Content-Type: application/json
--- response_body chomp
["in a file",17]



=== TEST 51: a large JSON body
--- function
module.exports = (req, res) => {
    res.json([req.body.list.length, req.body.list.at(-1)]);
};
--- request
POST /t
{"list":["item 0","item 1","item 2","item 3","item 4","item 5","item 6","item 7","item 8","item 9","item 10","item 11","item 12","item 13","item 14","item 15","item 16","item 17","item 18","item 19","item 20","item 21","item 22","item 23","item 24","item 25","item 26","item 27","item 28","item 29","item 30","item 31","item 32","item 33","item 34","item 35","item 36","item 37","item 38","item 39","item 40","item 41","item 42","item 43","item 44","item 45","item 46","item 47","item 48","item 49","item 50","item 51","item 52","item 53","item 54","item 55","item 56","item 57","item 58","item 59","item 60","item 61","item 62","item 63","item 64","item 65","item 66","item 67","item 68","item 69","item 70","item 71","item 72","item 73","item 74","item 75","item 76","item 77","item 78","item 79","item 80","item 81","item 82","item 83","item 84","item 85","item 86","item 87","item 88","item 89","item 90","item 91","item 92","item 93","item 94","item 95","item 96","item 97","item 98","item 99","item 100","item 101","item 102","item 103","item 104","item 105","item 106","item 107","item 108","item 109","item 110","item 111","item 112","item 113","item 114","item 115","item 116","item 117","item 118","item 119","item 120","item 121","item 122","item 123","item 124","item 125","item 126","item 127","item 128","item 129","item 130","item 131","item 132","item 133","item 134","item 135","item 136","item 137","item 138","item 139","item 140","item 141","item 142","item 143","item 144","item 145","item 146","item 147","item 148","item 149","item 150","item 151","item 152","item 153","item 154","item 155","item 156","item 157","item 158","item 159","item 160","item 161","item 162","item 163","item 164","item 165","item 166","item 167","item 168","item 169","item 170","item 171","item 172","item 173","item 174","item 175","item 176","item 177","item 178","item 179","item 180","item 181","item 182","item 183","item 184","item 185","item 186","item 187","item 188","item 189","item 190","item 191","item 192","item 193","item 194","item 195","item 196","item 197","item 198","item 199","item 200","item 201","item 202","item 203","item 204","item 205","item 206","item 207","item 208","item 209","item 210","item 211","item 212","item 213","item 214","item 215","item 216","item 217","item 218","item 219","item 220","item 221","item 222","item 223","item 224","item 225","item 226","item 227","item 228","item 229","item 230","item 231","item 232","item 233","item 234","item 235","item 236","item 237","item 238","item 239","item 240","item 241","item 242","item 243","item 244","item 245","item 246","item 247","item 248","item 249","item 250","item 251","item 252","item 253","item 254","item 255","item 256","item 257","item 258","item 259","item 260","item 261","item 262","item 263","item 264","item 265","item 266","item 267","item 268","item 269","item 270","item 271","item 272","item 273","item 274","item 275","item 276","item 277","item 278","item 279","item 280","item 281","item 282","item 283","item 284","item 285","item 286","item 287","item 288","item 289","item 290","item 291","item 292","item 293","item 294","item 295","item 296","item 297","item 298","item 299","item 300","item 301","item 302","item 303","item 304","item 305","item 306","item 307","item 308","item 309","item 310","item 311","item 312","item 313","item 314","item 315","item 316","item 317","item 318","item 319","item 320","item 321","item 322","item 323","item 324","item 325","item 326","item 327","item 328","item 329","item 330","item 331","item 332","item 333","item 334","item 335","item 336","item 337","item 338","item 339","item 340","item 341","item 342","item 343","item 344","item 345","item 346","item 347","item 348","item 349","item 350","item 351","item 352","item 353","item 354","item 355","item 356","item 357","item 358","item 359","item 360","item 361","item 362","item 363","item 364","item 365","item 366","item 367","item 368","item 369","item 370","item 371","item 372","item 373","item 374","item 375","item 376","item 377","item 378","item 379","item 380","item 381","item 382","item 383","item 384","item 385","item 386","item 387","item 388","item 389","item 390","item 391","item 392","item 393","item 394","item 395","item 396","item 397","item 398","item 399","item 400","item 401","item 402","item 403","item 404","item 405","item 406","item 407","item 408","item 409","item 410","item 411","item 412","item 413","item 414","item 415","item 416","item 417","item 418","item 419","item 420","item 421","item 422","item 423","item 424","item 425","item 426","item 427","item 428","item 429","item 430","item 431","item 432","item 433","item 434","item 435","item 436","item 437","item 438","item 439","item 440","item 441","item 442","item 443","item 444","item 445","item 446","item 447","item 448","item 449","item 450","item 451","item 452","item 453","item 454","item 455","item 456","item 457","item 458","item 459","item 460","item 461","item 462","item 463","item 464","item 465","item 466","item 467","item 468","item 469","item 470","item 471","item 472","item 473","item 474","item 475","item 476","item 477","item 478","item 479","item 480","item 481","item 482","item 483","item 484","item 485","item 486","item 487","item 488","item 489","item 490","item 491","item 492","item 493","item 494","item 495","item 496","item 497","item 498","item 499","item 500","item 501","item 502","item 503","item 504","item 505","item 506","item 507","item 508","item 509","item 510","item 511","item 512","item 513","item 514","item 515","item 516","item 517","item 518","item 519","item 520","item 521","item 522","item 523","item 524","item 525","item 526","item 527","item 528","item 529","item 530","item 531","item 532","item 533","item 534","item 535","item 536","item 537","item 538","item 539","item 540","item 541","item 542","item 543","item 544","item 545","item 546","item 547","item 548","item 549","item 550","item 551","item 552","item 553","item 554","item 555","item 556","item 557","item 558","item 559","item 560","item 561","item 562","item 563","item 564","item 565","item 566","item 567","item 568","item 569","item 570","item 571","item 572","item 573","item 574","item 575","item 576","item 577","item 578","item 579","item 580","item 581","item 582","item 583","item 584","item 585","item 586","item 587","item 588","item 589","item 590","item 591","item 592","item 593","item 594","item 595","item 596","item 597","item 598","item 599","item 600","item 601","item 602","item 603","item 604","item 605","item 606","item 607","item 608","item 609","item 610","item 611","item 612","item 613","item 614","item 615","item 616","item 617","item 618","item 619","item 620","item 621","item 622","item 623","item 624","item 625","item 626","item 627","item 628","item 629","item 630","item 631","item 632","item 633","item 634","item 635","item 636","item 637","item 638","item 639","item 640","item 641","item 642","item 643","item 644","item 645","item 646","item 647","item 648","item 649","item 650","item 651","item 652","item 653","item 654","item 655","item 656","item 657","item 658","item 659","item 660","item 661","item 662","item 663","item 664","item 665","item 666","item 667","item 668","item 669","item 670","item 671","item 672","item 673","item 674","item 675","item 676","item 677","item 678","item 679","item 680","item 681","item 682","item 683","item 684","item 685","item 686","item 687","item 688","item 689","item 690","item 691","item 692","item 693","item 694","item 695","item 696","item 697","item 698","item 699","item 700","item 701","item 702","item 703","item 704","item 705","item 706","item 707","item 708","item 709","item 710","item 711","item 712","item 713","item 714","item 715","item 716","item 717","item 718","item 719","item 720","item 721","item 722","item 723","item 724","item 725","item 726","item 727","item 728","item 729","item 730","item 731","item 732","item 733","item 734","item 735","item 736","item 737","item 738","item 739","item 740","item 741","item 742","item 743","item 744","item 745","item 746","item 747","item 748","item 749","item 750","item 751","item 752","item 753","item 754","item 755","item 756","item 757","item 758","item 759","item 760","item 761","item 762","item 763","item 764","item 765","item 766","item 767","item 768","item 769","item 770","item 771","item 772","item 773","item 774","item 775","item 776","item 777","item 778","item 779","item 780","item 781","item 782","item 783","item 784","item 785","item 786","item 787","item 788","item 789","item 790","item 791","item 792","item 793","item 794","item 795","item 796","item 797","item 798","item 799","item 800","item 801","item 802","item 803","item 804","item 805","item 806","item 807","item 808","item 809","item 810","item 811","item 812","item 813","item 814","item 815","item 816","item 817","item 818","item 819","item 820","item 821","item 822","item 823","item 824","item 825","item 826","item 827","item 828","item 829","item 830","item 831","item 832","item 833","item 834","item 835","item 836","item 837","item 838","item 839","item 840","item 841","item 842","item 843","item 844","item 845","item 846","item 847","item 848","item 849","item 850","item 851","item 852","item 853","item 854","item 855","item 856","item 857","item 858","item 859","item 860","item 861","item 862","item 863","item 864","item 865","item 866","item 867","item 868","item 869","item 870","item 871","item 872","item 873","item 874","item 875","item 876","item 877","item 878","item 879","item 880","item 881","item 882","item 883","item 884","item 885","item 886","item 887","item 888","item 889","item 890","item 891","item 892","item 893","item 894","item 895","item 896","item 897","item 898","item 899","item 900","item 901","item 902","item 903","item 904","item 905","item 906","item 907","item 908","item 909","item 910","item 911","item 912","item 913","item 914","item 915","item 916","item 917","item 918","item 919","item 920","item 921","item 922","item 923","item 924","item 925","item 926","item 927","item 928","item 929","item 930","item 931","item 932","item 933","item 934","item 935","item 936","item 937","item 938","item 939","item 940","item 941","item 942","item 943","item 944","item 945","item 946","item 947","item 948","item 949","item 950","item 951","item 952","item 953","item 954","item 955","item 956","item 957","item 958","item 959","item 960","item 961","item 962","item 963","item 964","item 965","item 966","item 967","item 968","item 969","item 970","item 971","item 972","item 973","item 974","item 975","item 976","item 977","item 978","item 979","item 980","item 981","item 982","item 983","item 984","item 985","item 986","item 987","item 988","item 989","item 990","item 991","item 992","item 993","item 994","item 995","item 996","item 997","item 998","item 999","item 1000","item 1001","item 1002","item 1003","item 1004","item 1005","item 1006","item 1007","item 1008","item 1009","item 1010","item 1011","item 1012","item 1013","item 1014","item 1015","item 1016","item 1017","item 1018","item 1019","item 1020","item 1021","item 1022","item 1023","item 1024","item 1025","item 1026","item 1027","item 1028","item 1029","item 1030","item 1031","item 1032","item 1033","item 1034","item 1035","item 1036","item 1037","item 1038","item 1039","item 1040","item 1041","item 1042","item 1043","item 1044","item 1045","item 1046","item 1047","item 1048","item 1049","item 1050","item 1051","item 1052","item 1053","item 1054","item 1055","item 1056","item 1057","item 1058","item 1059","item 1060","item 1061","item 1062","item 1063","item 1064","item 1065","item 1066","item 1067","item 1068","item 1069","item 1070","item 1071","item 1072","item 1073","item 1074","item 1075","item 1076","item 1077","item 1078","item 1079","item 1080","item 1081","item 1082","item 1083","item 1084","item 1085","item 1086","item 1087","item 1088","item 1089","item 1090","item 1091","item 1092","item 1093","item 1094","item 1095","item 1096","item 1097","item 1098","item 1099","item 1100","item 1101","item 1102","item 1103","item 1104","item 1105","item 1106","item 1107","item 1108","item 1109","item 1110","item 1111","item 1112","item 1113","item 1114","item 1115","item 1116","item 1117","item 1118","item 1119","item 1120","item 1121","item 1122","item 1123","item 1124","item 1125","item 1126","item 1127","item 1128","item 1129","item 1130","item 1131","item 1132","item 1133","item 1134","item 1135","item 1136","item 1137","item 1138","item 1139","item 1140","item 1141","item 1142","item 1143","item 1144","item 1145","item 1146","item 1147","item 1148","item 1149","item 1150","item 1151","item 1152","item 1153","item 1154","item 1155","item 1156","item 1157","item 1158","item 1159","item 1160","item 1161","item 1162","item 1163","item 1164","item 1165","item 1166","item 1167","item 1168","item 1169","item 1170","item 1171","item 1172","item 1173","item 1174","item 1175","item 1176","item 1177","item 1178","item 1179","item 1180","item 1181","item 1182","item 1183","item 1184","item 1185","item 1186","item 1187","item 1188","item 1189","item 1190","item 1191","item 1192","item 1193","item 1194","item 1195","item 1196","item 1197","item 1198","item 1199","item 1200","item 1201","item 1202","item 1203","item 1204","item 1205","item 1206","item 1207","item 1208","item 1209","item 1210","item 1211","item 1212","item 1213","item 1214","item 1215","item 1216","item 1217","item 1218","item 1219","item 1220","item 1221","item 1222","item 1223","item 1224","item 1225","item 1226","item 1227","item 1228","item 1229","item 1230","item 1231","item 1232","item 1233","item 1234","item 1235","item 1236","item 1237","item 1238","item 1239","item 1240","item 1241","item 1242","item 1243","item 1244","item 1245","item 1246","item 1247","item 1248","item 1249","item 1250","item 1251","item 1252","item 1253","item 1254","item 1255","item 1256","item 1257","item 1258","item 1259","item 1260","item 1261","item 1262","item 1263","item 1264","item 1265","item 1266","item 1267","item 1268","item 1269","item 1270","item 1271","item 1272","item 1273","item 1274","item 1275","item 1276","item 1277","item 1278","item 1279","item 1280","item 1281","item 1282","item 1283","item 1284","item 1285","item 1286","item 1287","item 1288","item 1289","item 1290","item 1291","item 1292","item 1293","item 1294","item 1295","item 1296","item 1297","item 1298","item 1299","item 1300","item 1301","item 1302","item 1303","item 1304","item 1305","item 1306","item 1307","item 1308","item 1309","item 1310","item 1311","item 1312","item 1313","item 1314","item 1315","item 1316","item 1317","item 1318","item 1319","item 1320","item 1321","item 1322","item 1323","item 1324","item 1325","item 1326","item 1327","item 1328","item 1329","item 1330","item 1331","item 1332","item 1333","item 1334","item 1335","item 1336","item 1337","item 1338","item 1339","item 1340","item 1341","item 1342","item 1343","item 1344","item 1345","item 1346","item 1347","item 1348","item 1349","item 1350","item 1351","item 1352","item 1353","item 1354","item 1355","item 1356","item 1357","item 1358","item 1359","item 1360","item 1361","item 1362","item 1363","item 1364","item 1365","item 1366","item 1367","item 1368","item 1369","item 1370","item 1371","item 1372","item 1373","item 1374","item 1375","item 1376","item 1377","item 1378","item 1379","item 1380","item 1381","item 1382","item 1383","item 1384","item 1385","item 1386","item 1387","item 1388","item 1389","item 1390","item 1391","item 1392","item 1393","item 1394","item 1395","item 1396","item 1397","item 1398","item 1399","item 1400","item 1401","item 1402","item 1403","item 1404","item 1405","item 1406","item 1407","item 1408","item 1409","item 1410","item 1411","item 1412","item 1413","item 1414","item 1415","item 1416","item 1417","item 1418","item 1419","item 1420","item 1421","item 1422","item 1423","item 1424","item 1425","item 1426","item 1427","item 1428","item 1429","item 1430","item 1431","item 1432","item 1433","item 1434","item 1435","item 1436","item 1437","item 1438","item 1439","item 1440","item 1441","item 1442","item 1443","item 1444","item 1445","item 1446","item 1447","item 1448","item 1449","item 1450","item 1451","item 1452","item 1453","item 1454","item 1455","item 1456","item 1457","item 1458","item 1459","item 1460","item 1461","item 1462","item 1463","item 1464","item 1465","item 1466","item 1467","item 1468","item 1469","item 1470","item 1471","item 1472","item 1473","item 1474","item 1475","item 1476","item 1477","item 1478","item 1479","item 1480","item 1481","item 1482","item 1483","item 1484","item 1485","item 1486","item 1487","item 1488","item 1489","item 1490","item 1491","item 1492","item 1493","item 1494","item 1495","item 1496","item 1497","item 1498","item 1499","item 1500","item 1501","item 1502","item 1503","item 1504","item 1505","item 1506","item 1507","item 1508","item 1509","item 1510","item 1511","item 1512","item 1513","item 1514","item 1515","item 1516","item 1517","item 1518","item 1519","item 1520","item 1521","item 1522","item 1523","item 1524","item 1525","item 1526","item 1527","item 1528","item 1529","item 1530","item 1531","item 1532","item 1533","item 1534","item 1535","item 1536","item 1537","item 1538","item 1539","item 1540","item 1541","item 1542","item 1543","item 1544","item 1545","item 1546","item 1547","item 1548","item 1549","item 1550","item 1551","item 1552","item 1553","item 1554","item 1555","item 1556","item 1557","item 1558","item 1559","item 1560","item 1561","item 1562","item 1563","item 1564","item 1565","item 1566","item 1567","item 1568","item 1569","item 1570","item 1571","item 1572","item 1573","item 1574","item 1575","item 1576","item 1577","item 1578","item 1579","item 1580","item 1581","item 1582","item 1583","item 1584","item 1585","item 1586","item 1587","item 1588","item 1589","item 1590","item 1591","item 1592","item 1593","item 1594","item 1595","item 1596","item 1597","item 1598","item 1599","item 1600","item 1601","item 1602","item 1603","item 1604","item 1605","item 1606","item 1607","item 1608","item 1609","item 1610","item 1611","item 1612","item 1613","item 1614","item 1615","item 1616","item 1617","item 1618","item 1619","item 1620","item 1621","item 1622","item 1623","item 1624","item 1625","item 1626","item 1627","item 1628","item 1629","item 1630","item 1631","item 1632","item 1633","item 1634","item 1635","item 1636","item 1637","item 1638","item 1639","item 1640","item 1641","item 1642","item 1643","item 1644","item 1645","item 1646","item 1647","item 1648","item 1649","item 1650","item 1651","item 1652","item 1653","item 1654","item 1655","item 1656","item 1657","item 1658","item 1659","item 1660","item 1661","item 1662","item 1663","item 1664","item 1665","item 1666","item 1667","item 1668","item 1669","item 1670","item 1671","item 1672","item 1673","item 1674","item 1675","item 1676","item 1677","item 1678","item 1679","item 1680","item 1681","item 1682","item 1683","item 1684","item 1685","item 1686","item 1687","item 1688","item 1689","item 1690","item 1691","item 1692","item 1693","item 1694","item 1695","item 1696","item 1697","item 1698","item 1699","item 1700","item 1701","item 1702","item 1703","item 1704","item 1705","item 1706","item 1707","item 1708","item 1709","item 1710","item 1711","item 1712","item 1713","item 1714","item 1715","item 1716","item 1717","item 1718","item 1719","item 1720","item 1721","item 1722","item 1723","item 1724","item 1725","item 1726","item 1727","item 1728","item 1729","item 1730","item 1731","item 1732","item 1733","item 1734","item 1735","item 1736","item 1737","item 1738","item 1739","item 1740","item 1741","item 1742","item 1743","item 1744","item 1745","item 1746","item 1747","item 1748","item 1749","item 1750","item 1751","item 1752","item 1753","item 1754","item 1755","item 1756","item 1757","item 1758","item 1759","item 1760","item 1761","item 1762","item 1763","item 1764","item 1765","item 1766","item 1767","item 1768","item 1769","item 1770","item 1771","item 1772","item 1773","item 1774","item 1775","item 1776","item 1777","item 1778","item 1779","item 1780","item 1781","item 1782","item 1783","item 1784","item 1785","item 1786","item 1787","item 1788","item 1789","item 1790","item 1791","item 1792","item 1793","item 1794","item 1795","item 1796","item 1797","item 1798","item 1799","item 1800","item 1801","item 1802","item 1803","item 1804","item 1805","item 1806","item 1807","item 1808","item 1809","item 1810","item 1811","item 1812","item 1813","item 1814","item 1815","item 1816","item 1817","item 1818","item 1819","item 1820","item 1821","item 1822","item 1823","item 1824","item 1825","item 1826","item 1827","item 1828","item 1829","item 1830","item 1831","item 1832","item 1833","item 1834","item 1835","item 1836","item 1837","item 1838","item 1839","item 1840","item 1841","item 1842","item 1843","item 1844","item 1845","item 1846","item 1847","item 1848","item 1849","item 1850","item 1851","item 1852","item 1853","item 1854","item 1855","item 1856","item 1857","item 1858","item 1859","item 1860","item 1861","item 1862","item 1863","item 1864","item 1865","item 1866","item 1867","item 1868","item 1869","item 1870","item 1871","item 1872","item 1873","item 1874","item 1875","item 1876","item 1877","item 1878","item 1879","item 1880","item 1881","item 1882","item 1883","item 1884","item 1885","item 1886","item 1887","item 1888","item 1889","item 1890","item 1891","item 1892","item 1893","item 1894","item 1895","item 1896","item 1897","item 1898","item 1899","item 1900","item 1901","item 1902","item 1903","item 1904","item 1905","item 1906","item 1907","item 1908","item 1909","item 1910","item 1911","item 1912","item 1913","item 1914","item 1915","item 1916","item 1917","item 1918","item 1919","item 1920","item 1921","item 1922","item 1923","item 1924","item 1925","item 1926","item 1927","item 1928","item 1929","item 1930","item 1931","item 1932","item 1933","item 1934","item 1935","item 1936","item 1937","item 1938","item 1939","item 1940","item 1941","item 1942","item 1943","item 1944","item 1945","item 1946","item 1947","item 1948","item 1949","item 1950","item 1951","item 1952","item 1953","item 1954","item 1955","item 1956","item 1957","item 1958","item 1959","item 1960","item 1961","item 1962","item 1963","item 1964","item 1965","item 1966","item 1967","item 1968","item 1969","item 1970","item 1971","item 1972","item 1973","item 1974","item 1975","item 1976","item 1977","item 1978","item 1979","item 1980","item 1981","item 1982","item 1983","item 1984","item 1985","item 1986","item 1987","item 1988","item 1989","item 1990","item 1991","item 1992","item 1993","item 1994","item 1995","item 1996","item 1997","item 1998","item 1999","item 2000","item 2001","item 2002","item 2003","item 2004","item 2005","item 2006","item 2007","item 2008","item 2009","item 2010","item 2011","item 2012","item 2013","item 2014","item 2015","item 2016","item 2017","item 2018","item 2019","item 2020","item 2021","item 2022","item 2023","item 2024","item 2025","item 2026","item 2027","item 2028","item 2029","item 2030","item 2031","item 2032","item 2033","item 2034","item 2035","item 2036","item 2037","item 2038","item 2039","item 2040","item 2041","item 2042","item 2043","item 2044","item 2045","item 2046","item 2047","item 2048","item 2049","item 2050","item 2051","item 2052","item 2053","item 2054","item 2055","item 2056","item 2057","item 2058","item 2059","item 2060","item 2061","item 2062","item 2063","item 2064","item 2065","item 2066","item 2067","item 2068","item 2069","item 2070","item 2071","item 2072","item 2073","item 2074","item 2075","item 2076","item 2077","item 2078","item 2079","item 2080","item 2081","item 2082","item 2083","item 2084","item 2085","item 2086","item 2087","item 2088","item 2089","item 2090","item 2091","item 2092","item 2093","item 2094","item 2095","item 2096","item 2097","item 2098","item 2099","item 2100","item 2101","item 2102","item 2103","item 2104","item 2105","item 2106","item 2107","item 2108","item 2109","item 2110","item 2111","item 2112","item 2113","item 2114","item 2115","item 2116","item 2117","item 2118","item 2119","item 2120","item 2121","item 2122","item 2123","item 2124","item 2125","item 2126","item 2127","item 2128","item 2129","item 2130","item 2131","item 2132","item 2133","item 2134","item 2135","item 2136","item 2137","item 2138","item 2139","item 2140","item 2141","item 2142","item 2143","item 2144","item 2145","item 2146","item 2147","item 2148","item 2149","item 2150","item 2151","item 2152","item 2153","item 2154","item 2155","item 2156","item 2157","item 2158","item 2159","item 2160","item 2161","item 2162","item 2163","item 2164","item 2165","item 2166","item 2167","item 2168","item 2169","item 2170","item 2171","item 2172","item 2173","item 2174","item 2175","item 2176","item 2177","item 2178","item 2179","item 2180","item 2181","item 2182","item 2183","item 2184","item 2185","item 2186","item 2187","item 2188","item 2189","item 2190","item 2191","item 2192","item 2193","item 2194","item 2195","item 2196","item 2197","item 2198","item 2199","item 2200","item 2201","item 2202","item 2203","item 2204","item 2205","item 2206","item 2207","item 2208","item 2209","item 2210","item 2211","item 2212","item 2213","item 2214","item 2215","item 2216","item 2217","item 2218","item 2219","item 2220","item 2221","item 2222","item 2223","item 2224","item 2225","item 2226","item 2227","item 2228","item 2229","item 2230","item 2231","item 2232","item 2233","item 2234","item 2235","item 2236","item 2237","item 2238","item 2239","item 2240","item 2241","item 2242","item 2243","item 2244","item 2245","item 2246","item 2247","item 2248","item 2249","item 2250","item 2251","item 2252","item 2253","item 2254","item 2255","item 2256","item 2257","item 2258","item 2259","item 2260","item 2261","item 2262","item 2263","item 2264","item 2265","item 2266","item 2267","item 2268","item 2269","item 2270","item 2271","item 2272","item 2273","item 2274","item 2275","item 2276","item 2277","item 2278","item 2279","item 2280","item 2281","item 2282","item 2283","item 2284","item 2285","item 2286","item 2287","item 2288","item 2289","item 2290","item 2291","item 2292","item 2293","item 2294","item 2295","item 2296","item 2297","item 2298","item 2299","item 2300","item 2301","item 2302","item 2303","item 2304","item 2305","item 2306","item 2307","item 2308","item 2309","item 2310","item 2311","item 2312","item 2313","item 2314","item 2315","item 2316","item 2317","item 2318","item 2319","item 2320","item 2321","item 2322","item 2323","item 2324","item 2325","item 2326","item 2327","item 2328","item 2329","item 2330","item 2331","item 2332","item 2333","item 2334","item 2335","item 2336","item 2337","item 2338","item 2339","item 2340","item 2341","item 2342","item 2343","item 2344","item 2345","item 2346","item 2347","item 2348","item 2349","item 2350","item 2351","item 2352","item 2353","item 2354","item 2355","item 2356","item 2357","item 2358","item 2359","item 2360","item 2361","item 2362","item 2363","item 2364","item 2365","item 2366","item 2367","item 2368","item 2369","item 2370","item 2371","item 2372","item 2373","item 2374","item 2375","item 2376","item 2377","item 2378","item 2379","item 2380","item 2381","item 2382","item 2383","item 2384","item 2385","item 2386","item 2387","item 2388","item 2389","item 2390","item 2391","item 2392","item 2393","item 2394","item 2395","item 2396","item 2397","item 2398","item 2399","item 2400","item 2401","item 2402","item 2403","item 2404","item 2405","item 2406","item 2407","item 2408","item 2409","item 2410","item 2411","item 2412","item 2413","item 2414","item 2415","item 2416","item 2417","item 2418","item 2419","item 2420","item 2421","item 2422","item 2423","item 2424","item 2425","item 2426","item 2427","item 2428","item 2429","item 2430","item 2431","item 2432","item 2433","item 2434","item 2435","item 2436","item 2437","item 2438","item 2439","item 2440","item 2441","item 2442","item 2443","item 2444","item 2445","item 2446","item 2447","item 2448","item 2449","item 2450","item 2451","item 2452","item 2453","item 2454","item 2455","item 2456","item 2457","item 2458","item 2459","item 2460","item 2461","item 2462","item 2463","item 2464","item 2465","item 2466","item 2467","item 2468","item 2469","item 2470","item 2471","item 2472","item 2473","item 2474","item 2475","item 2476","item 2477","item 2478","item 2479","item 2480","item 2481","item 2482","item 2483","item 2484","item 2485","item 2486","item 2487","item 2488","item 2489","item 2490","item 2491","item 2492","item 2493","item 2494","item 2495","item 2496","item 2497","item 2498","item 2499","item 2500","item 2501","item 2502","item 2503","item 2504","item 2505","item 2506","item 2507","item 2508","item 2509","item 2510","item 2511","item 2512","item 2513","item 2514","item 2515","item 2516","item 2517","item 2518","item 2519","item 2520","item 2521","item 2522","item 2523","item 2524","item 2525","item 2526","item 2527","item 2528","item 2529","item 2530","item 2531","item 2532","item 2533","item 2534","item 2535","item 2536","item 2537","item 2538","item 2539","item 2540","item 2541","item 2542","item 2543","item 2544","item 2545","item 2546","item 2547","item 2548","item 2549","item 2550","item 2551","item 2552","item 2553","item 2554","item 2555","item 2556","item 2557","item 2558","item 2559","item 2560","item 2561","item 2562","item 2563","item 2564","item 2565","item 2566","item 2567","item 2568","item 2569","item 2570","item 2571","item 2572","item 2573","item 2574","item 2575","item 2576","item 2577","item 2578","item 2579","item 2580","item 2581","item 2582","item 2583","item 2584","item 2585","item 2586","item 2587","item 2588","item 2589","item 2590","item 2591","item 2592","item 2593","item 2594","item 2595","item 2596","item 2597","item 2598","item 2599","item 2600","item 2601","item 2602","item 2603","item 2604","item 2605","item 2606","item 2607","item 2608","item 2609","item 2610","item 2611","item 2612","item 2613","item 2614","item 2615","item 2616","item 2617","item 2618","item 2619","item 2620","item 2621","item 2622","item 2623","item 2624","item 2625","item 2626","item 2627","item 2628","item 2629","item 2630","item 2631","item 2632","item 2633","item 2634","item 2635","item 2636","item 2637","item 2638","item 2639","item 2640","item 2641","item 2642","item 2643","item 2644","item 2645","item 2646","item 2647","item 2648","item 2649","item 2650","item 2651","item 2652","item 2653","item 2654","item 2655","item 2656","item 2657","item 2658","item 2659","item 2660","item 2661","item 2662","item 2663","item 2664","item 2665","item 2666","item 2667","item 2668","item 2669","item 2670","item 2671","item 2672","item 2673","item 2674","item 2675","item 2676","item 2677","item 2678","item 2679","item 2680","item 2681","item 2682","item 2683","item 2684","item 2685","item 2686","item 2687","item 2688","item 2689","item 2690","item 2691","item 2692","item 2693","item 2694","item 2695","item 2696","item 2697","item 2698","item 2699","item 2700","item 2701","item 2702","item 2703","item 2704","item 2705","item 2706","item 2707","item 2708","item 2709","item 2710","item 2711","item 2712","item 2713","item 2714","item 2715","item 2716","item 2717","item 2718","item 2719","item 2720","item 2721","item 2722","item 2723","item 2724","item 2725","item 2726","item 2727","item 2728","item 2729","item 2730","item 2731","item 2732","item 2733","item 2734","item 2735","item 2736","item 2737","item 2738","item 2739","item 2740","item 2741","item 2742","item 2743","item 2744","item 2745","item 2746","item 2747","item 2748","item 2749","item 2750","item 2751","item 2752","item 2753","item 2754","item 2755","item 2756","item 2757","item 2758","item 2759","item 2760","item 2761","item 2762","item 2763","item 2764","item 2765","item 2766","item 2767","item 2768","item 2769","item 2770","item 2771","item 2772","item 2773","item 2774","item 2775","item 2776","item 2777","item 2778","item 2779","item 2780","item 2781","item 2782","item 2783","item 2784","item 2785","item 2786","item 2787","item 2788","item 2789","item 2790","item 2791","item 2792","item 2793","item 2794","item 2795","item 2796","item 2797","item 2798","item 2799","item 2800","item 2801","item 2802","item 2803","item 2804","item 2805","item 2806","item 2807","item 2808","item 2809","item 2810","item 2811","item 2812","item 2813","item 2814","item 2815","item 2816","item 2817","item 2818","item 2819","item 2820","item 2821","item 2822","item 2823","item 2824","item 2825","item 2826","item 2827","item 2828","item 2829","item 2830","item 2831","item 2832","item 2833","item 2834","item 2835","item 2836","item 2837","item 2838","item 2839","item 2840","item 2841","item 2842","item 2843","item 2844","item 2845","item 2846","item 2847","item 2848","item 2849","item 2850","item 2851","item 2852","item 2853","item 2854","item 2855","item 2856","item 2857","item 2858","item 2859","item 2860","item 2861","item 2862","item 2863","item 2864","item 2865","item 2866","item 2867","item 2868","item 2869","item 2870","item 2871","item 2872","item 2873","item 2874","item 2875","item 2876","item 2877","item 2878","item 2879","item 2880","item 2881","item 2882","item 2883","item 2884","item 2885","item 2886","item 2887","item 2888","item 2889","item 2890","item 2891","item 2892","item 2893","item 2894","item 2895","item 2896","item 2897","item 2898","item 2899","item 2900","item 2901","item 2902","item 2903","item 2904","item 2905","item 2906","item 2907","item 2908","item 2909","item 2910","item 2911","item 2912","item 2913","item 2914","item 2915","item 2916","item 2917","item 2918","item 2919","item 2920","item 2921","item 2922","item 2923","item 2924","item 2925","item 2926","item 2927","item 2928","item 2929","item 2930","item 2931","item 2932","item 2933","item 2934","item 2935","item 2936","item 2937","item 2938","item 2939","item 2940","item 2941","item 2942","item 2943","item 2944","item 2945","item 2946","item 2947","item 2948","item 2949","item 2950","item 2951","item 2952","item 2953","item 2954","item 2955","item 2956","item 2957","item 2958","item 2959","item 2960","item 2961","item 2962","item 2963","item 2964","item 2965","item 2966","item 2967","item 2968","item 2969","item 2970","item 2971","item 2972","item 2973","item 2974","item 2975","item 2976","item 2977","item 2978","item 2979","item 2980","item 2981","item 2982","item 2983","item 2984","item 2985","item 2986","item 2987","item 2988","item 2989","item 2990","item 2991","item 2992","item 2993","item 2994","item 2995","item 2996","item 2997","item 2998","item 2999"]}
--- more_headers
Content-Type: application/json
--- response_body chomp
[3000,"item 2999"]



=== TEST 52: a body over client_max_body_size does not reach the function
--- config
    location /t {
        invoke ./html/fn;
        client_max_body_size 5;
    }
--- function
module.exports = (req, res) => res.json(req.body);
--- request
POST /t
0123456789
--- more_headers
Content-Type: text/plain
--- error_code: 413
--- response_body_like chomp
413 Request Entity Too Large
--- error_log
client intended to send too large body



=== TEST 53: an object of the function in place of the body
--- function
module.exports = (req, res) => {
    req.body = { mine: true };
    res.json(req.body);
};
--- request
POST /t
{bad
--- more_headers
Content-Type: application/json
--- response_body chomp
{"mine":true}
