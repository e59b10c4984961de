"""The room that takes in what comes from outside: rules, papers, names and dates, mails, chats and archives."""
