// What a download is told and what comes of it: headers, checks, costs, counts; and the enumerator.

#include <initializer_list>

#include "values.h"

namespace {

IDODownload *create_blocking(IDOManager *manager, const WCHAR *url, const WCHAR *path)
{
    IDODownload *download = create(manager, url, path);
    ANSWERS(set_bool(download, DODownloadProperty_BlockingMode, true), S_OK);
    return download;
}

ULONG number(IDODownload *download, DODownloadProperty id)
{
    VARIANT value;
    ANSWERS(download->GetProperty(id, &value), S_OK);
    CHECK(V_VT(&value) == VT_UI4);
    return V_UI4(&value);
}

bool flag(IDODownload *download, DODownloadProperty id)
{
    VARIANT value;
    ANSWERS(download->GetProperty(id, &value), S_OK);
    CHECK(V_VT(&value) == VT_BOOL);
    return V_BOOL(&value) == VARIANT_TRUE;
}

void check_values(IDOManager *manager)
{
    IDODownload *download = nullptr;
    ANSWERS(manager->CreateDownload(&download), S_OK);
    for (DODownloadProperty id : { DODownloadProperty_ContentId, DODownloadProperty_HttpCustomHeaders,
                                   DODownloadProperty_HttpCustomAuthHeaders, DODownloadProperty_CorrelationVector,
                                   DODownloadProperty_CallbackFreqPercent, DODownloadProperty_TotalSizeBytes,
                                   DODownloadProperty_HttpResponseHeaders, DODownloadProperty_HttpRedirectionTarget,
                                   DODownloadProperty_HttpServerIPAddress, DODownloadProperty_StreamInterface })
        ANSWERS(get(download, id), E_NOT_SET);
    for (DODownloadProperty id : { DODownloadProperty_SecurityContext, DODownloadProperty_NetworkToken,
                                   DODownloadProperty_DecryptionInfo, DODownloadProperty_IntegrityCheckInfo })
        ANSWERS(get(download, id), DO_E_WRITE_ONLY_PROPERTY);
    for (ULONG policy : { DODownloadCostPolicy_Always, DODownloadCostPolicy_Unrestricted, DODownloadCostPolicy_Standard,
                          DODownloadCostPolicy_NoRoaming, DODownloadCostPolicy_NoSurcharge,
                          DODownloadCostPolicy_NoCellular }) {
        ANSWERS(set_number(download, DODownloadProperty_CostPolicy, policy), S_OK);
        CHECK(number(download, DODownloadProperty_CostPolicy) == policy);
    }
    CHECK(number(download, DODownloadProperty_CallbackFreqSeconds) == 1);
    ANSWERS(set_number(download, DODownloadProperty_CallbackFreqSeconds, 7), S_OK);
    ANSWERS(set_number(download, DODownloadProperty_CallbackFreqPercent, 10), S_OK);
    CHECK(number(download, DODownloadProperty_CallbackFreqSeconds) == 7);
    CHECK(number(download, DODownloadProperty_CallbackFreqPercent) == 10);
    for (DODownloadProperty id : { DODownloadProperty_DisallowOnCellular, DODownloadProperty_NonVolatile,
                                   DODownloadProperty_HttpAllowSecureToNonSecureRedirect,
                                   DODownloadProperty_IntegrityCheckMandatory }) {
        CHECK(!flag(download, id));
        ANSWERS(set_bool(download, id, true), S_OK);
        CHECK(flag(download, id));
    }
    ANSWERS(set_bool(download, DODownloadProperty_NetworkToken, true), S_OK);
    ANSWERS(set_text(download, DODownloadProperty_ContentId, BGCOPY_TEXT("content")), S_OK);
    CHECK(is_text(download, DODownloadProperty_ContentId, BGCOPY_TEXT("content")));
    ANSWERS(set_text(download, DODownloadProperty_CorrelationVector, BGCOPY_TEXT("a.0")), S_OK);
    CHECK(is_text(download, DODownloadProperty_CorrelationVector, BGCOPY_TEXT("a.0")));
    ANSWERS(set_text(download, DODownloadProperty_DecryptionInfo, BGCOPY_TEXT("no json")), E_INVALIDARG);
    ANSWERS(set_text(download, DODownloadProperty_DecryptionInfo, BGCOPY_TEXT("{\"KeyData\":\"\"}")), E_NOTIMPL);
    ANSWERS(set_text(download, DODownloadProperty_HttpStatusCode, BGCOPY_TEXT("1")), DO_E_READ_ONLY_PROPERTY);
    ANSWERS(set_text(download, DODownloadProperty_HttpCustomHeaders, BGCOPY_TEXT("X-Late: 1\r\n")), S_OK);
    ANSWERS(download->Abort(), S_OK);
    ANSWERS(set_text(download, DODownloadProperty_DisplayName, BGCOPY_TEXT("late")), DO_E_INVALID_STATE);
    // It can be looked at, whatever is left of it.
    for (int id = DODownloadProperty_Id; id <= DODownloadProperty_HttpStatusCode; id++) {
        HRESULT answer = get(download, static_cast<DODownloadProperty>(id));
        CHECK(answer == S_OK || answer == static_cast<HRESULT>(E_NOT_SET) ||
              answer == static_cast<HRESULT>(DO_E_WRITE_ONLY_PROPERTY));
    }
    download->Release();
}

// Every other type than its own is told so, also the one that differs by a flag; a certificate without its key is of no use.
void check_types(IDOManager *manager)
{
    IDODownload *download = nullptr;
    ANSWERS(manager->CreateDownload(&download), S_OK);
    for (int id = DODownloadProperty_Uri; id <= DODownloadProperty_NonVolatile; id++) {
        int fitting = 0;
        for (unsigned vt = 0; vt < 0x48; vt++) {
            for (unsigned flag : { 0u, 0x2000u, 0x4000u }) {
                VARIANT value;
                VariantInit(&value);
                V_VT(&value) = static_cast<VARTYPE>(vt | flag);
                HRESULT answer = download->SetProperty(static_cast<DODownloadProperty>(id), &value);
                fitting += answer != static_cast<HRESULT>(DISP_E_TYPEMISMATCH);
            }
        }
        CHECK(fitting == 1);
    }
    VARIANT certificate;
    VariantInit(&certificate);
    V_VT(&certificate) = VT_ARRAY | VT_UI1;
    V_ARRAY(&certificate) = SafeArrayCreateVector(VT_UI1, 0, 16);
    ANSWERS(download->SetProperty(DODownloadProperty_SecurityContext, &certificate), 0x80092003);
    ANSWERS(VariantClear(&certificate), S_OK);
    ANSWERS(download->Abort(), S_OK);
    download->Release();
}

// Headers go with each request, those for a login only to who asks for it; the test looks at what the server saw.
void check_headers(IDOManager *manager, const WCHAR *url, const char *folder)
{
    IDODownload *download = create_blocking(manager, url, joined(folder, "/known"));
    ANSWERS(set_text(download, DODownloadProperty_HttpCustomHeaders, BGCOPY_TEXT("X-Always: 1\r\n")), S_OK);
    ANSWERS(set_text(download, DODownloadProperty_HttpCustomAuthHeaders,
                     BGCOPY_TEXT("Authorization: Basic YWRhOmxvdmVsYWNl\r\n")), S_OK);
    ANSWERS(get(download, DODownloadProperty_HttpCustomHeaders), S_OK);
    ANSWERS(get(download, DODownloadProperty_HttpCustomAuthHeaders), S_OK);
    ANSWERS(download->Start(nullptr), S_OK);
    ANSWERS(get(download, DODownloadProperty_HttpResponseHeaders), S_OK);
    ANSWERS(download->Finalize(), S_OK);
    download->Release();
}

// "Not mandatory ⇒ no piece checks": it goes on, and says so. Mandatory, it does not.
void check_integrity(IDOManager *manager, const WCHAR *url, const WCHAR *info, const char *folder)
{
    IDODownload *download = create_blocking(manager, url, joined(folder, "/unchecked"));
    ANSWERS(set_text(download, DODownloadProperty_IntegrityCheckInfo, info), S_OK);
    ANSWERS(download->Start(nullptr), S_OK);
    DO_DOWNLOAD_STATUS status = until_state(download, DODownloadState_Transferred);
    CHECK(status.Error == S_OK && status.ExtendedError == DO_E_INTEGRITYCHECKINFO_UNAVAILABLE);
    ANSWERS(download->Finalize(), S_OK);
    download->Release();

    download = create_blocking(manager, url, joined(folder, "/checked"));
    ANSWERS(set_text(download, DODownloadProperty_IntegrityCheckInfo, info), S_OK);
    ANSWERS(set_bool(download, DODownloadProperty_IntegrityCheckMandatory, true), S_OK);
    ANSWERS(download->Start(nullptr), DO_E_INTEGRITYCHECKINFO_UNAVAILABLE);
    status = until_state(download, DODownloadState_Paused);
    CHECK(status.Error == DO_E_INTEGRITYCHECKINFO_UNAVAILABLE && FAILED(status.ExtendedError));
    ANSWERS(download->Abort(), S_OK);
    download->Release();
}

void check_list(IDOManager *manager)
{
    IDODownload *two[2] = {};
    for (IDODownload *&download : two)
        ANSWERS(manager->CreateDownload(&download), S_OK);
    IEnumUnknown *list = nullptr, *copy = nullptr;
    IUnknown *elements[3] = {};
    ULONG fetched = 9;
    ANSWERS(manager->EnumDownloads(nullptr, &list), S_OK);
    ANSWERS(list->Skip(1), S_OK);
    ANSWERS(list->Clone(&copy), S_OK);
    ANSWERS(list->Skip(2), S_FALSE);
    ANSWERS(list->Reset(), S_OK);
    ANSWERS(list->Next(3, elements, &fetched), S_FALSE);
    CHECK(fetched == 2 && elements[0] && elements[1]);
    elements[0]->Release();
    elements[1]->Release();
    ANSWERS(copy->Next(1, elements, &fetched), S_OK);
    CHECK(fetched == 1);
    elements[0]->Release();
    copy->Release();
    list->Release();
    for (IDODownload *download : two) {
        ANSWERS(download->Abort(), S_OK);
        download->Release();
    }
}

}

int main(int argc, char **argv)
{
    return with_manager(argc, 4, [argv](IDOManager *manager) {
        check_values(manager);
        check_types(manager);
        check_headers(manager, wide(argv[1]), argv[4]);
        check_integrity(manager, wide(argv[2]), wide(argv[3]), argv[4]);
        check_list(manager);
    });
}
