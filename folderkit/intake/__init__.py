"""The room that takes in what comes from outside: mails, transcripts, chats and archives."""
