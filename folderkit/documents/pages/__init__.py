"""What only LibreOffice knows: PDFs, and the pages on which headings stand."""
