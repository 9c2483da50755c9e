"""Photos that say where they were taken."""

import io
from typing import Any

from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from tests.media_samples import still

NORTH = {1: "N", 2: (52.0, 30.0, 17.123), 3: "E", 4: (13.0, 24.0, 21.987), 29: "2026:11:22"}
XMP = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description xmp:CreatorTool="Soku"\n'
    b' exif:GPSLatitude="52,30.28N" exif:GPSLongitude=\'13,24.36E\' drone-dji:GpsLatitude="52.5">'
    b"<exif:GPSAltitude>341/10</exif:GPSAltitude><exif:GPSMapDatum/>"
    b"<dc:title>GPS for hikers</dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"
)
PLACES = (b"52,30.28N", b"13,24.36E", b"341/10", b'"52.5"')


def exif(order: str = "little", orientation: int = 6) -> bytes:
    exif = Image.Exif()
    exif.endian = "<" if order == "little" else ">"
    exif[ExifTags.Base.Make] = "Camera"
    exif[ExifTags.Base.Orientation] = orientation
    exif[0x9C9B] = b"a title after the GPS entry"
    exif.get_ifd(ExifTags.IFD.GPSInfo).update(NORTH)
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.FNumber] = 1.8
    return exif.tobytes()


def photo(kind: str, order: str = "little") -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    file = io.BytesIO()
    with Image.open(io.BytesIO(still("PNG", 200, 150))) as image:
        options: dict[str, Any] = {"exif": exif(order), "icc_profile": profile}
        if kind == "PNG":
            info = PngImagePlugin.PngInfo()
            info.add_itxt("XML:com.adobe.xmp", XMP.decode())
            options["pnginfo"] = info
        else:
            options["xmp"] = XMP
        image.save(file, kind, **options)
    return file.getvalue()
