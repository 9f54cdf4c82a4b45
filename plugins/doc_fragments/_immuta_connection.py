# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options to reach Immuta, as documentation. Their table is in ``module_utils/_options.py``."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation fragment ``community.immuta._immuta_connection``."""

    DOCUMENTATION = r"""
options:
  immuta_url:
    description:
      - Address of the Immuta tenant, with its scheme.
      - If not specified, the environment variable E(IMMUTA_URL) is used.
    type: str
    required: true
  immuta_api_key:
    description:
      - API key of an Immuta user with the permission C(APPLICATION_ADMIN).
      - If not specified, the environment variable E(IMMUTA_API_KEY) is used.
      - If E(IMMUTA_URL) and E(IMMUTA_API_KEY) are both set, the key from the environment is only sent to that address.
        Another O(immuta_url) is refused, unless O(immuta_api_key) is set to another key.
    type: str
    required: true
  immuta_auth:
    description:
      - V(api_key) sends the key itself with each request.
      - V(token) exchanges it for a token first, which takes one more request, and again when the token has expired.
      - If not specified, the environment variable E(IMMUTA_AUTH) is used.
    type: str
    choices:
      - api_key
      - token
    default: api_key
  validate_certs:
    description:
      - Whether to verify the certificate of the server.
      - If not specified, the environment variable E(IMMUTA_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificates of the certificate authorities to trust, in PEM format, instead of those that the
        Python library C(requests) comes with.
      - If not specified, the environment variable E(IMMUTA_CA_PATH) is used.
    type: path
  client_cert:
    description:
      - File with the client certificate, in PEM format. It may contain the key too.
      - If not specified, the environment variable E(IMMUTA_CLIENT_CERT) is used.
    type: path
  client_key:
    description:
      - File with the key of O(client_cert), in PEM format.
      - If not specified, the environment variable E(IMMUTA_CLIENT_KEY) is used.
    type: path
  allow_http:
    description:
      - Whether O(immuta_url) may be C(http://). It sends the API key and the passwords over the network unencrypted, so
        it is refused by default, unless the host is this machine.
      - If not specified, the environment variable E(IMMUTA_ALLOW_HTTP) is used.
    type: bool
    default: false
  use_proxy:
    description:
      - Whether to use the proxy of the environment variables E(HTTPS_PROXY), E(HTTP_PROXY) and E(NO_PROXY).
      - For a C(http://) address, the proxy is used only with O(allow_http=true), because the key is sent unencrypted.
    type: bool
    default: true
  timeout:
    description:
      - Maximum time to wait for a connection, and for each part of a response, in seconds, from 1 to 86400.
      - Immuta validates against Redshift before it responds to a write, which can take minutes. The ingress that Immuta
        delivers waits 300 seconds before it responds with 504. With a lower O(timeout), the module stops waiting
        earlier, while Immuta may still process the write. With either, the result is unknown at first. The module
        then looks for the change in Immuta, and never sends the write again. If this happens often, set V(300).
      - If not specified, the environment variable E(IMMUTA_TIMEOUT) is used.
    type: int
    default: 120
  retries:
    description:
      - Number of retries. Read requests are retried after any transient error, write requests only if Immuta certainly
        did not process them (HTTP status 429 or 503, or no connection).
      - The pauses between retries double, with jitter. If the server sends C(Retry-After), none is shorter than
        that, up to 60 seconds.
      - If not specified, the environment variable E(IMMUTA_RETRIES) is used.
    type: int
    default: 5
requirements:
  - requests >= 2.25.1
notes:
  - A C(netrc) file is never read. A redirect never carries the API key to another host, and write requests follow no
    redirects.
"""
