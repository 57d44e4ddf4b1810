# crypto: keys of two halves.  Those of the tests are made by the openssl tool,
# which makes and checks what the functions are compared with, too.

use strict;
use warnings;

use TestInvoke 'no_plan';
use TestEngine;
use MIME::Base64 qw(encode_base64);

my $dir = "$ENV{TEST_NGINX_SERVROOT}.keys";

system('mkdir', '-p', $dir) == 0 or die;

sub content {
    my ($name) = @_;

    open my $file, '<:raw', "$dir/$name" or die "$dir/$name: $!\n";
    local $/;

    return scalar <$file>;
}

sub openssl {
    return system("cd '$dir' && openssl $_[0] > /dev/null 2>&1");
}

openssl('genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pem')
    == 0 or die "no openssl\n";
openssl('pkey -in rsa.pem -pubout -out rsa.pub');
openssl('pkey -in rsa.pem -aes128 -passout pass:secret -out locked.pem');
openssl('genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem');
openssl('pkey -in ec.pem -pubout -out ec.pub');
openssl('genpkey -algorithm ed25519 -out ed.pem');
openssl('pkey -in ed.pem -pubout -out ed.pub');

open my $text, '>', "$dir/text" or die;
print $text 'signed';
close $text;

openssl('dgst -sha256 -sign rsa.pem -out rsa.sig text');
openssl('dgst -sha256 -sign ec.pem -out ec.sig text');
openssl('pkeyutl -sign -rawin -inkey ed.pem -in text -out ed.sig');

my %keys = map { $_ => content($_) }
           qw(rsa.pem rsa.pub locked.pem ec.pem ec.pub ed.pem ed.pub);

sub package_of {
    my ($code) = @_;

    return {
        %keys,
        'index.js' => "const crypto = require('crypto');\n"
                      . "const fs = require('fs');\n"
                      . "const read = (name) => fs.readFileSync('/' + name, "
                      . "'utf8');\n$code",
    };
}

my %functions = (
    sign => package_of(<<'END'),
module.exports = (req, res) => res.json({
    rsa: crypto.createSign('sha256').update('signed')
               .sign(read('rsa.pem'), 'base64'),
    oneshot: crypto.sign('sha256', Buffer.from('signed'), read('rsa.pem'))
                   .toString('base64'),
    ed: crypto.sign(null, Buffer.from('signed'), read('ed.pem'))
              .toString('base64'),
    ec: crypto.sign('sha256', Buffer.from('signed'), read('ec.pem'))
              .toString('base64'),
});
END

    verify => package_of(<<'END'),
module.exports = async (req, res) => {
    let text = '';

    for await (const chunk of req) {
        text += chunk;
    }

    const given = JSON.parse(text);
    const check = (key, hash, text, signature) => crypto.verify(
        hash, Buffer.from(text), read(key), Buffer.from(signature, 'base64'));
    const p1363 = crypto.sign('sha256', Buffer.from('x'),
        { key: read('ec.pem'), dsaEncoding: 'ieee-p1363' });

    res.json([
        check('rsa.pub', 'sha256', 'signed', given.rsa),
        check('rsa.pub', 'sha256', 'other', given.rsa),
        check('ec.pub', 'sha256', 'signed', given.ec),
        check('ec.pub', 'sha256', 'other', given.ec),
        check('ed.pub', null, 'signed', given.ed),
        check('ed.pub', null, 'other', given.ed),
        p1363.length,
        crypto.createVerify('sha256').update('x').verify(
            { key: read('ec.pub'), dsaEncoding: 'ieee-p1363' }, p1363),
    ]);
};
END

    forms => package_of(<<'END'),
const tell = (f) => {
    try { return f(); } catch (e) { return `${e.name} ${e.code}`; }
};

module.exports = (req, res) => {
    const made = (name) => crypto.createPrivateKey(read(name));
    const round = (name, options) => {
        const key = made(name);
        const text = key.export(options);
        return crypto.createPrivateKey({ key: text, ...options }).equals(key);
    };
    const jwk = (name) => {
        const key = made(name);
        const back = crypto.createPrivateKey(
            { key: key.export({ format: 'jwk' }), format: 'jwk' });
        return back.equals(key);
    };

    res.json([
        made('rsa.pem').export({ format: 'pem', type: 'pkcs8' })
            === read('rsa.pem'),
        crypto.createPublicKey(read('rsa.pem'))
              .export({ format: 'pem', type: 'spki' }) === read('rsa.pub'),
        crypto.createPrivateKey({ key: read('locked.pem'),
                                  passphrase: 'secret' })
              .equals(made('rsa.pem')),
        tell(() => made('locked.pem')),
        tell(() => crypto.createPrivateKey({ key: read('locked.pem'),
                                             passphrase: 'other' }))
            .startsWith('Error ERR_OSSL'),
        tell(() => made('rsa.pub')),
        round('rsa.pem', { format: 'der', type: 'pkcs1' }),
        round('ec.pem', { format: 'der', type: 'sec1' }),
        round('ed.pem', { format: 'der', type: 'pkcs8' }),
        round('ec.pem', { format: 'pem', type: 'pkcs8',
                          cipher: 'aes-256-cbc', passphrase: 'p' }),
        jwk('rsa.pem'), jwk('ec.pem'), jwk('ed.pem'),
        made('ec.pem').asymmetricKeyType,
        made('ec.pem').asymmetricKeyDetails,
        made('rsa.pem').asymmetricKeyDetails.modulusLength,
        String(made('rsa.pem').asymmetricKeyDetails.publicExponent),
    ]);
};
END

    encrypt => package_of(<<'END'),
module.exports = (req, res) => {
    const text = Buffer.from('a secret');
    const back = crypto.privateDecrypt(
        read('rsa.pem'), crypto.publicEncrypt(read('rsa.pub'), text));
    const signed = crypto.publicDecrypt(
        read('rsa.pub'), crypto.privateEncrypt(read('rsa.pem'), text));

    res.send(`${back} ${signed}`);
};
END

    generate => package_of(<<'END'),
const { promisify } = require('util');

module.exports = async (req, res) => {
    const generate = promisify(crypto.generateKeyPair);
    const answers = [];

    for (const [type, options, hash] of [
        ['rsa', { modulusLength: 1024 }, 'sha256'],
        ['rsa-pss', { modulusLength: 1024, hashAlgorithm: 'sha256' },
         'sha256'],
        ['ec', { namedCurve: 'P-384' }, 'sha384'],
        ['ed25519', {}, null],
    ]) {
        const { publicKey, privateKey } = await generate(type, options);
        const data = Buffer.from(type);

        answers.push(privateKey.asymmetricKeyType, crypto.verify(
            hash, data, publicKey, crypto.sign(hash, data, privateKey)));
    }

    answers.push(crypto.generateKeyPairSync('rsa', {
        modulusLength: 1024,
        publicKeyEncoding: { type: 'pkcs1', format: 'pem' },
        privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    }).publicKey.split('\n')[0], crypto.getCurves().includes('prime256v1'));

    res.json(answers);
};
END

    endless => package_of(<<'END'),
module.exports = (req, res) => {
    crypto.generateKeyPairSync('rsa', { modulusLength: 16384 });
    res.send('done');
};
END

    subtle => package_of(<<'END'),
module.exports = async (req, res) => {
    const { subtle } = globalThis.crypto;
    const data = Buffer.from('data');
    const answers = [];

    for (const [algorithm, use] of [
        [{ name: 'ECDSA', namedCurve: 'P-256' },
         { name: 'ECDSA', hash: 'SHA-256' }],
        [{ name: 'RSASSA-PKCS1-v1_5', modulusLength: 1024, hash: 'SHA-256',
           publicExponent: new Uint8Array([1, 0, 1]) },
         { name: 'RSASSA-PKCS1-v1_5' }],
        [{ name: 'Ed25519' }, { name: 'Ed25519' }],
    ]) {
        const { publicKey, privateKey } = await subtle.generateKey(
            algorithm, true, ['sign', 'verify']);
        const signature = await subtle.sign(use, privateKey, data);
        const again = await subtle.importKey('spki',
            await subtle.exportKey('spki', publicKey),
            { ...algorithm }, true, ['verify']);
        const jwk = await subtle.exportKey('jwk', publicKey);

        answers.push(await subtle.verify(use, again, signature, data),
                     await subtle.verify(use, again, signature,
                                         Buffer.from('other')), jwk.kty);
    }

    res.json(answers);
};
END
);

engine('keys', functions => \%functions, server => <<'END');
location = /endless { invoke ./fn/endless; invoke_timeout 300ms; }
location ~ ^/(?<fn>\w+)$ { invoke ./fn/$fn; }
END

require JSON::PP;

my $made = get('/sign');

is($made->{status}, 200, 'keys sign') or diag $made->{body};

my $json = JSON::PP::decode_json($made->{body});
my %expected = map { $_ => encode_base64(content("$_.sig"), '') }
               qw(rsa ec ed);

is($json->{rsa}, $expected{rsa}, 'RSA as openssl does');
is($json->{oneshot}, $expected{rsa}, 'and at once');
is($json->{ed}, $expected{ed}, 'Ed25519 as well');

open my $sig, '>:raw', "$dir/ours.sig" or die;
print $sig MIME::Base64::decode_base64($json->{ec});
close $sig;

is(openssl('dgst -sha256 -verify ec.pub -signature ours.sig text'), 0,
   'openssl takes the signature of a curve');

is(post('/verify', JSON::PP::encode_json(\%expected))->{body},
   '[true,false,true,false,true,false,64,true]',
   'the signatures of openssl are verified, changed texts are not');

is(get('/forms')->{body},
   '[true,true,true,"Error ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED",true,'
   . '"Error ERR_OSSL_UNSUPPORTED",true,true,true,true,true,true,true,"ec",'
   . '{"namedCurve":"prime256v1"},2048,"65537"]',
   'PEM, DER and JWK');

is(get('/encrypt')->{body}, 'a secret a secret', 'RSA encrypts');

is(get('/generate')->{body},
   '["rsa",true,"rsa-pss",true,"ec",true,"ed25519",true,'
   . '"-----BEGIN RSA PUBLIC KEY-----",true]', 'new keys work');

is(get('/endless')->{status}, 504, 'the search for a large one ends');

is(get('/subtle')->{body},
   '[true,false,"EC",true,false,"RSA",true,false,"OKP"]', 'WebCrypto signs');

File::Path::remove_tree($dir);
