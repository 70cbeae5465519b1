"""Files that are saved under the name of another by mistake."""

from __future__ import annotations

LFS_POINTER = (
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"
)
HTML_PAGE = b"\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>\n"
