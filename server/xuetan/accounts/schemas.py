"""Wire shapes of enrolment and sessions. What comes in is limited here; what it means is decided in the service."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(pattern="^[A-Za-z0-9_-]{22}$", description="16 bytes in base64url")]


class EnrolRequest(BaseModel):
    model_config = ConfigDict(extra="ignore")
    code: Annotated[str, Field(min_length=1, max_length=64, description="as printed or typed")]
    public_key: Annotated[
        str, Field(min_length=1, max_length=400, description="P-256, DER SubjectPublicKeyInfo in base64url")
    ]
    device_name: Annotated[str, Field(max_length=200)] = ""
    file_key: Annotated[
        str, Field(max_length=400, description="P-256 (ECDH), to which files for this device are sealed; may be absent")
    ] = ""


class UnarrivedStream(BaseModel):
    """A stream of another phone or browser of this person, of which something had not arrived."""

    stream: str
    name: Annotated[str, Field(description="of the device, as it named itself")]
    head: Annotated[int, Field(description="events that it last said the stream holds")]
    count: Annotated[int, Field(description="of these, how many never arrived")]
    heard_ms: Annotated[int, Field(description="when it last spoke")]


class EnrolAnswer(BaseModel):
    person: str
    name: str
    roles: list[str]
    device: str
    token: str
    token_expires_ms: int
    epoch: str
    root_key: Annotated[str, Field(description="public key that phones pin: DER SubjectPublicKeyInfo in base64url")]
    file_key: Annotated[str, Field(description="public key that files to this installation are sealed to")]
    time_zone: str
    language: str
    server_ms: int
    pin_secret: Annotated[str, Field(description="32 bytes in base64url: what PIN reset codes of this device prove")]
    pin_resets: Annotated[int, Field(description="resets so far; the phone takes those above")]
    unarrived: Annotated[list[UnarrivedStream] | None, Field(description="null for none")]


class NonceRequest(BaseModel):
    device: Id


class NonceAnswer(BaseModel):
    nonce: str


class SessionRequest(BaseModel):
    device: Id
    nonce: Annotated[str, Field(min_length=1, max_length=64)]
    signature: Annotated[
        str, Field(max_length=120, description='ES256, r|s in base64url, over "xuetan-session/1" LF nonce')
    ]


class SessionAnswer(BaseModel):
    token: str
    token_expires_ms: int
    server_ms: int
