# Copyright (c) 2026, the community.immuta authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach Immuta, as documentation. The table of the options is in ``module_utils/_argument_specs.py``."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation fragment C(community.immuta._immuta_connection)."""

    DOCUMENTATION = r"""
options:
  immuta_url:
    description:
      - Address of the Immuta tenant, with its scheme.
      - If it is not given, the environment variable E(IMMUTA_URL) is used.
    type: str
    required: true
  immuta_api_key:
    description:
      - API key of an Immuta user with the permission C(APPLICATION_ADMIN).
      - If it is not given, the environment variable E(IMMUTA_API_KEY) is used.
      - If E(IMMUTA_URL) and E(IMMUTA_API_KEY) are both set, the key from the environment is only sent to that address.
        Another O(immuta_url) is refused, unless O(immuta_api_key) is set to another key.
    type: str
    required: true
  immuta_auth:
    description:
      - V(api_key) sends the key itself with each request.
      - V(token) exchanges it for a token first, at the price of one request, and once more when the token has expired.
      - If it is not given, the environment variable E(IMMUTA_AUTH) is used.
    type: str
    choices:
      - api_key
      - token
    default: api_key
  validate_certs:
    description:
      - Whether the certificate of the server must be valid.
      - If it is not given, the environment variable E(IMMUTA_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificates of the authorities to trust, in PEM form, in place of those that the Python library
        C(requests) brings along.
      - If it is not given, the environment variable E(IMMUTA_CA_PATH) is used.
    type: path
  client_cert:
    description:
      - File with the client certificate, in PEM form; it may hold the key too.
      - If it is not given, the environment variable E(IMMUTA_CLIENT_CERT) is used.
    type: path
  client_key:
    description:
      - File with the key of O(client_cert), in PEM form.
      - If it is not given, the environment variable E(IMMUTA_CLIENT_KEY) is used.
    type: path
  allow_http:
    description:
      - Whether O(immuta_url) may be C(http://). The API key and the passwords would go over the network in clear, so
        this is refused otherwise, unless the host is this machine.
      - If it is not given, the environment variable E(IMMUTA_ALLOW_HTTP) is used.
    type: bool
    default: false
  use_proxy:
    description:
      - Whether the proxy that the environment variables E(HTTPS_PROXY), E(HTTP_PROXY) and E(NO_PROXY) name is used.
      - A plain C(http://) address takes a proxy with O(allow_http) only, since the key would go there in clear.
    type: bool
    default: true
  timeout:
    description:
      - Seconds to wait for a connection, and for each part of an answer, up to a day. Immuta validates against Redshift
        before it answers, which takes its time.
      - If it is not given, the environment variable E(IMMUTA_TIMEOUT) is used.
    type: int
    default: 120
  retries:
    description:
      - How often a request is sent again. One that changes nothing, after every passing fault; one that changes
        something, only where Immuta surely did nothing (429, 503, no connection).
      - The pauses double, with jitter, or are those of C(Retry-After), up to 60 seconds each.
      - If it is not given, the environment variable E(IMMUTA_RETRIES) is used.
    type: int
    default: 5
requirements:
  - requests >= 2.25.1
notes:
  - A C(netrc) file is never read, the key is never carried to another host by a redirect, and a request that changes
    something follows none.
"""
