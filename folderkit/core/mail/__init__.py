"""Mails: what a mail is, and how each of its formats is read: MIME (.eml), mailboxes (.mbox), Outlook (.msg)."""
