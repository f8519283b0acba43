#!/usr/bin/python3
"""Makes tokens with PyJWT and keys with cryptography, neither of which is ours.

    /usr/bin/python3 make_tokens.py FOLDER

Leaves in FOLDER: keys.json (a JSON Web Key Set), rsa.pem, secret, and tokens.json: {"name": {"token", "good"}}.
"""

import base64
import json
import sys
import time
from pathlib import Path

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

AUDIENCE = "coupons"
ISSUER = "https://id.example"
SECRET = bytes(range(200, 240))  # not text in any encoding


def public_pem(key):
    kind = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, kind).decode()


def claims(**other):
    return {"sub": "42", "iss": ISSUER, "aud": AUDIENCE, "exp": int(time.time()) + 600, **other}


def main(folder):
    rsa_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pss_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    ec_key = ec.generate_private_key(ec.SECP256R1())
    ed_key = ed25519.Ed25519PrivateKey.generate()
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    keys = [
        {**json.loads(RSAAlgorithm.to_jwk(rsa_key.public_key())), "kid": "r", "alg": "RS256", "use": "sig"},
        {**json.loads(RSAAlgorithm.to_jwk(pss_key.public_key())), "kid": "p", "alg": "PS256"},
        {**json.loads(OKPAlgorithm.to_jwk(ed_key.public_key())), "kid": "o"},
        ec_jwk(ec_key),
        {"kty": "EC", "crv": "P-384", "kid": "other", "x": "AA", "y": "AA"},
    ]
    (folder / "keys.json").write_text(json.dumps({"keys": keys}))
    (folder / "rsa.pem").write_text(public_pem(rsa_key) + public_pem(ec_key))
    (folder / "secret").write_text("base64:" + base64.b64encode(SECRET).decode())

    def made(key, algorithm, kid, good=True, headers=None, **other):
        token = jwt.encode(claims(**other), key, algorithm, headers={"kid": kid, **(headers or {})})
        return {"token": token, "good": good}

    tokens = {
        "RS256": made(rsa_key, "RS256", "r"),
        "PS256": made(pss_key, "PS256", "p"),
        "ES256": made(ec_key, "ES256", "e"),
        "EdDSA": made(ed_key, "EdDSA", "o"),
        "at+jwt": made(rsa_key, "RS256", "r", headers={"typ": "at+jwt"}),
        "a fraction": made(rsa_key, "RS256", "r", exp=time.time() + 600.25),
        "several audiences": made(rsa_key, "RS256", "r", aud=["other", AUDIENCE]),
        "another audience": made(rsa_key, "RS256", "r", False, aud="other"),
        "another issuer": made(rsa_key, "RS256", "r", False, iss="https://evil.example"),
        "expired": made(rsa_key, "RS256", "r", False, exp=int(time.time()) - 60),
        "too early": made(rsa_key, "RS256", "r", False, nbf=int(time.time()) + 60),
        "another key": made(stranger, "RS256", "r", False),
        "an unknown kid": made(rsa_key, "RS256", "x", False),
        "another algorithm": made(rsa_key, "PS256", "r", False),
        "RS512": made(rsa_key, "RS512", "r", False),
        "unsigned": made(None, "none", "r", False),
        "the public key as a secret": {"token": hmac_by_public_key(rsa_key), "good": False},
        "crit": made(rsa_key, "RS256", "r", False, headers={"crit": ["exp"]}),
        "a logout token": made(rsa_key, "RS256", "r", False, headers={"typ": "logout+jwt"}),
        "a name": made(rsa_key, "RS256", "r", False, sub="alice"),
        "HS256": {"token": jwt.encode(claims(), SECRET, "HS256"), "good": True},
    }
    (folder / "tokens.json").write_text(json.dumps(tokens))


def number(value):
    return base64.urlsafe_b64encode(value.to_bytes(32, "big")).rstrip(b"=").decode()


def ec_jwk(key):
    """By hand: PyJWT writes it only since 2.8, and Debian 12 has 2.6."""
    numbers = key.public_key().public_numbers()
    return {"kty": "EC", "crv": "P-256", "kid": "e", "x": number(numbers.x), "y": number(numbers.y)}


def hmac_by_public_key(key):
    """PyJWT refuses to do it, as it should."""
    import hashlib
    import hmac

    def encoded(part):
        return base64.urlsafe_b64encode(part).rstrip(b"=")

    head = encoded(json.dumps({"alg": "HS256", "typ": "JWT"}).encode()) + b"." + encoded(json.dumps(claims()).encode())
    code = hmac.new(public_pem(key).encode(), head, hashlib.sha256).digest()
    return (head + b"." + encoded(code)).decode()


main(Path(sys.argv[1]))
