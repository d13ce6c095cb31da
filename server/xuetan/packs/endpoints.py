"""Signatures and the keyring over HTTP. Blobs are served by `delivery`; nothing here lists what there is."""

from fastapi import APIRouter, Request, Response

from xuetan.kernel.http import ServicesDep
from xuetan.packs import service

router = APIRouter(prefix="/packs", tags=["packs"])
# Both may change under their address (a new key signs again), so they are asked about each time and cost a 304.
ASK_AGAIN = "no-cache"


@router.get("/s/{manifest}")
def get_signature(manifest: str, request: Request, services: ServicesDep) -> Response:
    """The detached signature of a published manifest, named by the manifest's SHA-256."""
    with services.database.reading() as session:
        body = service.get_signature(session, manifest)
    return _answer(request, body)


@router.get("/keyring")
def get_keyring(request: Request, services: ServicesDep) -> Response:
    """The publishers' keys, signed by the root key."""
    return _answer(request, service.get_keyring(services))


def _answer(request: Request, body: bytes) -> Response:
    headers = {
        "Cache-Control": ASK_AGAIN,
        "ETag": f'"{service.etag_of(body)}"',
        "Cross-Origin-Resource-Policy": "same-site",
    }
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
