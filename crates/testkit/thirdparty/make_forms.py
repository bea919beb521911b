"""Signed, unsigned and spoiled forms, made by pyHanko from the blank ones that opor prints.

make_forms.py BLANK OUT: reads the blank forms of `cargo run -p clinical --example forms -- print`, writes the files,
authority.der and cases.txt, which says what each must be taken for. Everybody in them is made up.
"""

import datetime
import io
import pathlib
import sys
import zipfile

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils import generic, writer
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.fields import SigSeedSubFilter
from pyhanko.stamp import TextStampStyle
from pyhanko_certvalidator.registry import SimpleCertificateStore

START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
END = datetime.datetime(2046, 1, 1, tzinfo=datetime.timezone.utc)
NAME = generic.NameObject


def name(common):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def certificate(common, key, issuer, issuer_key, authority=False, email=None, end=END):
    made = (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(START)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if email:
        made = made.add_extension(x509.SubjectAlternativeName([x509.RFC822Name(email)]), critical=False)
    algorithm = None if isinstance(issuer_key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return made.sign(issuer_key, algorithm)


def der(made):
    return made.public_bytes(serialization.Encoding.DER)


def signer(made, key, others=()):
    store = SimpleCertificateStore()
    for other in others:
        store.register(asn1_x509.Certificate.load(der(other)))
    private = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return signers.SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(der(made)),
        signing_key=asn1_keys.PrivateKeyInfo.load(private),
        cert_registry=store,
    )


def signed(pdf, by, md="sha256", subfilter=None, visible=False, field="signature"):
    meta = signers.PdfSignatureMetadata(field_name=field, md_algorithm=md, subfilter=subfilter)
    style = TextStampStyle(stamp_text="Signed by %(signer)s") if visible else None
    made = signers.PdfSigner(meta, signer=by, stamp_style=style)
    out = io.BytesIO()
    made.sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)), output=out, bytes_reserved=8192)
    return out.getvalue()


def updated(pdf, change):
    """The file with an update that `change` makes through the writer."""
    update = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(update)
    out = io.BytesIO()
    update.write(out)
    return out.getvalue()


def in_catalogue(key, value):
    def change(update):
        update.root[NAME(key)] = value(update)
        update.update_root()

    return change


def dictionary(**entries):
    return generic.DictionaryObject({NAME("/" + key): value for key, value in entries.items()})


def script(_):
    return dictionary(S=NAME("/JavaScript"), JS=generic.pdf_string("app.alert('hello')"))


def launch(_):
    return dictionary(S=NAME("/Launch"), F=generic.pdf_string("calc.exe"))


def files(_):
    return dictionary(EmbeddedFiles=dictionary(Names=generic.ArrayObject()))


def note(sort, rect):
    def change(update):
        page = update.root["/Pages"]["/Kids"][0]
        ink = dictionary(
            Type=NAME("/Annot"),
            Subtype=NAME(sort),
            Rect=generic.ArrayObject([generic.FloatObject(n) for n in rect]),
        )
        page["/Annots"].append(update.add_object(ink))
        update.update_container(page["/Annots"])
        update.mark_update(page.container_ref if hasattr(page, "container_ref") else page)

    return change


def signature_box(pdf):
    for _, _, reference in fields.enumerate_sig_fields(PdfFileReader(io.BytesIO(pdf))):
        return [float(n) for n in reference.get_object()["/Rect"]]
    raise ValueError("no field for a signature")


def utf16(text):
    return text.encode("utf-16-be").hex().upper().encode()


def replaced(pdf, old, new):
    """A byte for byte change that keeps every length."""
    assert len(old) == len(new) and pdf.count(old) >= 1, (old, new, pdf.count(old))
    return pdf.replace(old, new)


def scan():
    """One page that is a picture and nothing else, as scanners make them."""
    made = writer.PdfFileWriter()
    picture = generic.StreamObject(
        {
            NAME("/Type"): NAME("/XObject"),
            NAME("/Subtype"): NAME("/Image"),
            NAME("/Width"): generic.NumberObject(2),
            NAME("/Height"): generic.NumberObject(2),
            NAME("/ColorSpace"): NAME("/DeviceGray"),
            NAME("/BitsPerComponent"): generic.NumberObject(8),
        },
        stream_data=b"\x00\xff\xff\x00",
    )
    content = generic.StreamObject(stream_data=b"q 612 0 0 792 0 0 cm /Im1 Do Q")
    page = writer.PageObject(
        contents=made.add_object(content),
        media_box=generic.ArrayObject([generic.NumberObject(n) for n in (0, 0, 612, 792)]),
        resources=dictionary(XObject=dictionary(Im1=made.add_object(picture))),
    )
    made.insert_page(page)
    out = io.BytesIO()
    made.write(out)
    return out.getvalue()


def locked(pdf):
    made = writer.copy_into_new_writer(PdfFileReader(io.BytesIO(pdf)))
    made.encrypt("owner", "user")
    out = io.BytesIO()
    made.write(out)
    return out.getvalue()


def docx():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<w:document/>")
    return out.getvalue()


def main():
    blank, out = (pathlib.Path(argument) for argument in sys.argv[1:3])
    out.mkdir(parents=True, exist_ok=True)
    form = {path.stem: path.read_bytes() for path in sorted(blank.glob("*.pdf"))}
    request, agreement = form["request-en"], form["agreement-fr"]

    root_key = rsa.generate_private_key(65537, 2048)
    root = certificate("Synthetic Signing Authority", root_key, "Synthetic Signing Authority", root_key, True)
    between_key = ec.generate_private_key(ec.SECP384R1())
    between = certificate("Synthetic Issuing Authority", between_key, "Synthetic Signing Authority", root_key, True)
    (out / "authority.der").write_bytes(der(root))

    def person(common, key, email=None, end=END):
        made = certificate(common, key, "Synthetic Issuing Authority", between_key, email=email, end=end)
        return signer(made, key, [between])

    new_rsa = lambda: rsa.generate_private_key(65537, 2048)
    new_ec = lambda: ec.generate_private_key(ec.SECP256R1())
    zoe = person("Zoë Léger", new_rsa())
    zoe_ec = person("LEGER ZOE", new_ec())
    zoe_mail = person("4417", ed25519.Ed25519PrivateKey.generate(), email="Zoe.Leger@harbour.example")
    other = person("Ansel Marsh", new_ec())
    over = person("Zoë Léger", new_ec(), end=START + datetime.timedelta(days=200))
    own_key = new_rsa()
    own = signer(certificate("Zoë Léger", own_key, "Zoë Léger", own_key), own_key)

    whole = signed(request, zoe)
    box = signature_box(request)
    inside = [box[0] + 30, box[1] + 15, box[0] + 150, box[1] + 45]
    older = replaced(request, utf16("2026-11-23.1"), utf16("2025-11-23.1"))
    cases = {
        "signed-rsa.pdf": (whole, "request right"),
        "signed-p256-french.pdf": (signed(agreement, zoe_ec), "agreement right"),
        "signed-ed25519-by-address.pdf": (signed(request, zoe_mail, md="sha512"), "request right"),
        "signed-sha512.pdf": (signed(form["agreement-en"], zoe, md="sha512"), "agreement right"),
        "signed-pades.pdf": (signed(request, zoe, subfilter=SigSeedSubFilter.PADES), "request right"),
        "signed-with-a-stamp.pdf": (signed(request, zoe, visible=True), "request right"),
        "unsigned.pdf": (request, "request returned: unsigned"),
        "self-signed.pdf": (signed(request, own), "request person: unknown-signer"),
        "certificate-over.pdf": (signed(request, over), "request person: unknown-signer"),
        "another-name.pdf": (signed(request, other), "request person: other-name"),
        "sha1.pdf": (signed(request, zoe, md="sha1"), "request person: unread-signature"),
        "changed-name.pdf": (
            replaced(whole, utf16("Zoë"), utf16("Zoé")),
            "request returned: differs, broken",
        ),
        "changed-words.pdf": (
            replaced(whole, b"for access to the", b"for excess to the"),
            "request returned: broken",
        ),
        "added-to-after-signing.pdf": (
            updated(whole, note("/FreeText", inside)),
            "request returned: changed-after",
        ),
        "signed-by-another-afterwards.pdf": (
            signed(updated(whole, note("/FreeText", [20, 20, 90, 40])), other, field="second"),
            "request person: other-name",
        ),
        "cut-short.pdf": (whole[: len(whole) * 2 // 3], "- returned: damaged"),
        "old-version.pdf": (signed(older, zoe), "request returned: version"),
        "another-person.pdf": (signed(form["other-request-en"], zoe), "request returned: other-request, differs"),
        "changed-before-signing.pdf": (
            signed(replaced(request, b"for access to the", b"for excess to the"), zoe),
            "request person: redrawn",
        ),
        "renamed-docx.pdf": (docx(), "- returned: document"),
        "picture.pdf": (b"\x89PNG\r\n\x1a\n" + bytes(40), "- returned: picture"),
        "words.pdf": (b"Please find my form attached.", "- returned: not-pdf"),
        "empty.pdf": (b"", "- returned: empty"),
        "encrypted.pdf": (locked(request), "- returned: encrypted"),
        "scripted.pdf": (
            signed(updated(request, in_catalogue("/OpenAction", script)), zoe),
            "request returned: active",
        ),
        "launching.pdf": (
            signed(updated(request, in_catalogue("/OpenAction", launch)), zoe),
            "request returned: active",
        ),
        "with-a-file-inside.pdf": (
            signed(updated(request, in_catalogue("/Names", files)), zoe),
            "request returned: active",
        ),
        "scripted-and-unsigned.pdf": (
            updated(request, in_catalogue("/OpenAction", script)),
            "request returned: active, unsigned",
        ),
        "drawn-ink.pdf": (updated(request, note("/Ink", inside)), "request person: drawn"),
        "drawn-stamp.pdf": (updated(agreement, note("/Stamp", [60, 60, 500, 700])), "agreement person: drawn"),
        "drawn-elsewhere.pdf": (
            updated(request, note("/Ink", [20, 20, 90, 40])),
            "request returned: unsigned",
        ),
        "scan.pdf": (scan(), "- person: scan"),
        "another-pdf.pdf": (
            updated(request, in_catalogue("/AcroForm", lambda _: dictionary(Fields=generic.ArrayObject()))),
            "- returned: not-ours",
        ),
    }
    lines = ["# Made by make_forms.py: file = form, then right, returned with the defects, or for a person with the doubts."]
    for file, (contents, wanted) in cases.items():
        (out / file).write_bytes(contents)
        lines.append(f"{file} = {wanted}")
    (out / "cases.txt").write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
