"""The other side, for the tests: servers and readers that know nothing of Voordeur. Each line they write is a JSON object.

  others.py smtp CERTIFICATE KEY USER PASSWORD   a mail server (aiosmtpd) that takes mail over STARTTLS and after a login only
  others.py hooks SECRET ANSWER...               a receiver of webhooks (standardwebhooks, cloudevents); its answers, the last one again and
                                                 again: a status, or `hold`, which answers when a line comes in
  others.py ics FILE                             a calendar program (icalendar)
"""

import json
import ssl
import sys
from email import message_from_bytes
from email.policy import default


def say(**what):
    print(json.dumps(what, default=str), flush=True)


def smtp(certificate, key, user, password):
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult

    class OnAnyPort(Controller):
        def _trigger_server(self):
            self.port = self.server.sockets[0].getsockname()[1]
            super()._trigger_server()

    class Handler:
        async def handle_RCPT(self, server, session, envelope, address, options):
            if address.startswith("gone"):
                return "550 no such user"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server, session, envelope):
            mail = message_from_bytes(envelope.content, policy=default)
            headers = {name.lower(): str(value) for name, value in mail.items()}
            say(to=envelope.rcpt_tos, encrypted=session.ssl is not None, headers=headers, text=mail.get_content())
            return "250 taken"

    def login(server, session, envelope, mechanism, data):
        return AuthResult(success=(data.login, data.password) == (user.encode(), password.encode()), handled=False)

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    controller = OnAnyPort(Handler(), hostname="127.0.0.1", port=0, tls_context=context, require_starttls=True,
                           auth_required=True, authenticator=login)
    controller.start()
    say(port=controller.port)
    sys.stdin.read()


def hooks(secret, *answers):
    from http.server import BaseHTTPRequestHandler, HTTPServer

    from cloudevents.core.bindings.http import HTTPMessage, from_http_event
    from standardwebhooks import Webhook

    left = list(answers)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            told = {"id": headers.get("webhook-id"), "headers": sorted(headers)}
            try:
                Webhook(secret).verify(body, headers)
                told["signed"] = True
            except Exception as error:
                told["signed"] = repr(error)
            if "ce-id" in headers or "cloudevents" in headers["content-type"]:
                event = from_http_event(HTTPMessage(headers=headers, body=body))
                told["event"] = {**event.get_attributes(), "data": event.get_data()}
            else:
                told["plain"] = json.loads(body)
            say(**told)
            answer = left.pop(0) if len(left) > 1 else left[0]
            if answer == "hold":
                sys.stdin.readline()
                answer = "200"
            try:
                self.send_response(int(answer))
                self.send_header("content-length", "0")
                self.end_headers()
            except OSError:
                pass

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    say(port=server.server_port)
    server.serve_forever()


def ics(file):
    from icalendar import Calendar

    with open(file, "rb") as text:
        calendar = Calendar.from_ical(text.read())
    for event in calendar.walk("VEVENT"):
        end = event.get("dtend")
        say(uid=event["uid"], summary=event["summary"], start=event["dtstart"].dt, end=end and end.dt,
            stamp=event["dtstamp"].dt, sequence=event["sequence"], errors=event.errors)


{"smtp": smtp, "hooks": hooks, "ics": ics}[sys.argv[1]](*sys.argv[2:])
