"""Signs forms as an applicant would, with pyHanko and a certificate of an authority of its own.

sign_form.py authority FOLDER: makes FOLDER/authority.pem, to be believed, and the key beside it.
sign_form.py sign FOLDER NAME ADDRESS PDF…: signs each file where it stands.
"""

import pathlib
import sys

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from make_forms import certificate, signed, signer

AUTHORITY = "Authority of the test"


def fresh():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def main():
    what, folder, *rest = sys.argv[1:]
    folder = pathlib.Path(folder)
    pem, key_file = folder / "authority.pem", folder / "authority.key"
    if what == "authority":
        key = fresh()
        made = certificate(AUTHORITY, key, AUTHORITY, key, authority=True)
        pem.write_bytes(made.public_bytes(serialization.Encoding.PEM))
        key_file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return
    name, address, *files = rest
    authority = x509.load_pem_x509_certificate(pem.read_bytes())
    authority_key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    key = fresh()
    made = certificate(name, key, AUTHORITY, authority_key, email=address)
    by = signer(made, key, [authority])
    for file in map(pathlib.Path, files):
        file.write_bytes(signed(file.read_bytes(), by))


if __name__ == "__main__":
    main()
